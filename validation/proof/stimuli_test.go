package proof

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/mutations"
	"github.com/lsst-sqre/muster/fixtures/phalanx"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// probeOf is the probe of Muster that is configured as a route of the recordings.
var probeOf = map[string]string{
	"anonymous": "anonymous", "auth": "authenticated", "basic": "basic", "redirect": "redirect", "nocookies": "cookieless",
	"delegate": "delegated", "delegate-authz": "authorization", "delegate-scopes": "delegated-scopes",
	"notebook":       "notebook",
	"notebook-authz": "notebook", "options": "options", "lifetime": "lifetime", "two-scopes": "all-scopes",
	"any-scopes": "any-scope", "userdomain": "user-domain", "username": "username", "onlyservices": "services",
	"quota": "quota", "quota-zero": "quota", "quota-three": "quota",
}

// neverSent are the recorded stimuli, of those that the table says a check sends, that
// no check has sent, each with the answer that was recorded.
func neverSent(t *testing.T, sent map[mutations.Stimulus]bool) map[mutations.Stimulus]*phalanx.Answer {
	t.Helper()
	type step struct {
		Request struct {
			Method, Path, Protocol string
			Headers                []gafaelfawr.HeaderLine
			TLS                    *bool
			Host                   string
		}
		Response struct {
			Status  int
			Headers []gafaelfawr.HeaderLine
		}
	}
	table, never, asked := coverageTable(t), map[mutations.Stimulus]*phalanx.Answer{}, 0
	for _, name := range []string{"healthy", "pairs"} {
		raw, err := os.ReadFile(filepath.Join("..", "..", "fixtures", "recordings", name+".json"))
		require.NoError(t, err)
		var file struct {
			Cases []struct {
				Name  string
				Steps []step
			}
		}
		require.NoError(t, json.Unmarshal(raw, &file))
		for _, c := range file.Cases {
			item := "case " + name + "/" + c.Name
			at := slices.IndexFunc(table, func(c *covered) bool { return c.is.MatchString(item) })
			if require.GreaterOrEqual(t, at, 0, item); strings.HasPrefix(table[at].text, "- ") {
				continue
			}
			for _, s := range c.Steps {
				recorded, _, _ := strings.Cut(strings.TrimPrefix(s.Request.Path, "/echo/"), "?")
				probe, known := probeOf[path.Clean(recorded)]
				if !known || s.Request.TLS != nil || s.Request.Host != "" || !strings.HasPrefix(s.Request.Path, "/echo/") {
					continue
				}
				request := &phalanx.Request{Method: s.Request.Method, Header: shown(s.Request.Headers),
					Proto: map[bool]string{true: "HTTP/2.0"}[s.Request.Protocol == "HTTP/2"]}
				stimulus := mutations.StimulusOf("/muster/probes/"+probe, request, s.Response.Status)
				// nginx answers some before it looks at the path, or reads the request at all.
				early := mutations.StimulusOf("", request, s.Response.Status)
				unread := mutations.StimulusOf("", &phalanx.Request{}, s.Response.Status)
				if asked++; !sent[stimulus] && !sent[early] && !sent[unread] {
					never[stimulus] = &phalanx.Answer{Status: s.Response.Status, Header: s.Response.Headers}
				}
			}
		}
	}
	assert.Greater(t, asked, 200, "hardly any recorded case is looked for")
	return never
}

// someToken has the form of a token.
const someToken = "gt-aaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaa"

// placeholders are those of the recordings, and something of the form of what was
// there.
var placeholders = []struct {
	is   *regexp.Regexp
	form string
}{
	{regexp.MustCompile(`\{(token|badsecret):[^}]*\}`), someToken},
	{regexp.MustCompile(`\{cookie:[^}]*\}`), "gAAAAABsomeSession"},
	{regexp.MustCompile(`\{basic-user:[^}]*\}`), basicOf(someToken + ":x")},
	{regexp.MustCompile(`\{basic-named:token:[^}]*\}`), "Basic " + basicOf(someToken+":x")},
	{regexp.MustCompile(`\{basic-named:[^}]*\}`), "Basic " + basicOf("x:"+someToken)},
	{regexp.MustCompile(`\{basic-pass:[^}]*\}`), basicOf("x:" + someToken)},
	{regexp.MustCompile(`\{basic-(both|pair):[^}]*\}`), basicOf(someToken + ":" + someToken)},
	{regexp.MustCompile(`\{basic-three:[^}]*\}`), basicOf("x:" + someToken + ":x")},
	{regexp.MustCompile(`\{basic:[^:}]*:[^}]*\}`), basicOf("x:x")},
	{regexp.MustCompile(`\{basic:[^}]*\}`), basicOf("x")},
}

func basicOf(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

// shown is the header with something of the form of each credential in it.
func shown(header []gafaelfawr.HeaderLine) (all phalanx.Header) {
	for _, l := range header {
		value := l.Value()
		for _, p := range placeholders {
			value = p.is.ReplaceAllString(value, p.form)
		}
		all.Add(l.Name(), value)
	}
	return all
}
