package proof

import (
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/lsst-sqre/muster/fixtures/lanes"
	"github.com/lsst-sqre/muster/fixtures/phalanx"
	"github.com/lsst-sqre/muster/fixtures/programs"
	"github.com/lsst-sqre/muster/muster"
	"github.com/lsst-sqre/muster/validation/kubernetes/resources"
	"github.com/lsst-sqre/muster/validation/proof/apiserver"
)

// No output of a run contains a secret in any encoding, even if a fault
// misdirects tokens or answers repeat them.
func TestNoSecretInReports(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault string
		echo  bool
	}{
		"echo":                     {echo: true},
		"token reaches anonymous":  {fault: "H01"},
		"cookie reaches anonymous": {fault: "H02"},
		"cookie reaches backend":   {fault: "H03"},
		"token reaches backend":    {fault: "H04"},
		"Basic reaches backend":    {fault: "H12"},
		"token in URL":             {fault: "X08"},
		"error pages":              {fault: "N05"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, options := plant(t, c.fault, c.echo)
			p.d = deployment(t, options)
			env := environment(t, p.d, localFeatures)
			p.assertNone(t, outputs(t, env))
			assert.Greater(t, len(p.secrets().values), 40)
		})
	}
}

// Nor does an output contain the account's credentials or the data of Secrets.
func TestNoSecretOfKubernetesInReports(t *testing.T) {
	t.Parallel()
	p, options := plant(t, "H03", false)
	w := newWorldOf(t, options)
	p.d = w.deployment
	p.add("token of the account", apiserver.AdminToken)
	list, err := w.api.Resource(resources.Secrets).List(t.Context(), metav1.ListOptions{})
	require.NoError(t, err)
	for _, o := range list.Items {
		data, _, err := unstructured.NestedStringMap(o.Object, "data")
		require.NoError(t, err)
		for key, value := range data {
			raw, err := base64.StdEncoding.DecodeString(value)
			require.NoError(t, err)
			text := strings.TrimSpace(string(raw))
			if _, secret, isToken := strings.Cut(text, "."); isToken && wholeToken.MatchString(text) {
				text = secret // its first half is a name
			}
			if len(text) >= 12 && !strings.Contains(text, "BEGIN CERTIFICATE") {
				p.add("Secret "+o.GetNamespace()+"/"+o.GetName()+" "+key, text)
			}
		}
	}
	p.assertNone(t, outputs(t, w.env(t, "admin", ""), "-write"))
}

// The server shows the request, and any part of it may be a secret.
func TestNoSecretOfTheServer(t *testing.T) {
	lanes.Slow(t)
	t.Parallel()
	p, options := plant(t, "", false)
	p.d = deployment(t, options)
	token := p.d.Bootstrap().Reveal()
	basic := base64.StdEncoding.EncodeToString([]byte(token + ":x-oauth-basic"))
	session := p.d.SessionCookie(token, "csrf")
	p.add("session", session)
	public, internal := closedPort(t), closedPort(t)
	stop := process(t, programs.Build(t, "muster", "build", "../../muster/cmd/muster"), []string{
		"MUSTER_ADDRESS=" + public, "MUSTER_INTERNAL_ADDRESS=" + internal, "MUSTER_LOG_LEVEL=DEBUG",
		"MUSTER_GAFAELFAWR_URL=http://" + p.d.GafaelfawrAddress() + "/auth/api/v1", "MUSTER_HOST=" + phalanx.DefaultHost,
	}, "serve")
	eventually(t, func() error {
		if text := fetch(t, "GET", "http://"+internal+"/metrics", nil, ""); !strings.HasPrefix(text, "200") {
			return fmt.Errorf("the server does not answer: %s", text)
		}
		return nil
	})
	escaped := spellings(token)["percent-encoded"]
	paths := []string{"/nowhere/" + token, "/muster/" + escaped}
	for _, r := range muster.Routes("/muster", "exec:admin") {
		paths = append(
			paths,
			r.Path,
			r.Path+"?token="+token,
			r.Path+"?x="+escaped,
			r.Path+"?"+url.QueryEscape(basic),
			r.Path+"/"+token,
		)
	}
	headers := map[string]http.Header{
		"none":   {},
		"Bearer": {"Authorization": {"Bearer " + token}},
		"bearer": {"Authorization": {"bearer\t" + token + " and more"}},
		"Basic":  {"Authorization": {"Basic " + basic}},
		"bare":   {"Authorization": {token}},
		"two":    {"Authorization": {"Bearer " + token, "Basic " + basic}},
		"cookie": {"Cookie": {"gafaelfawr=" + session + "; a=" + token, "gafaelfawr =" + session}},
		"delegated": {
			"X-Auth-Request-Token":   {token},
			"X-Auth-Request-User":    {token},
			"X-Auth-Request-Service": {token},
			"X-Auth-Request-Email":   {token},
		},
		"anywhere": {
			"User-Agent":      {token},
			"Referer":         {"https://example.org/?t=" + token},
			"X-Odd":           {basic},
			"X-Forwarded-For": {token},
			"X-Request-Id":    {token},
			"Accept": {
				"text/html; q=" + token,
			},
			"X-Original-Url": {"/?t=" + escaped},
			"X-Json":         {`{"token": "` + spellings(token)[`as \u`] + `"}`},
		},
	}
	texts := map[string]string{} // only for sent headers, because a search for many is slower
	for _, path := range paths {
		for name, header := range headers {
			for _, method := range []string{"GET", "POST"} {
				texts[name] += fetch(t, method, "http://"+public+path, header, token) + "\n"
			}
		}
	}
	texts["metrics"] = fetch(t, "GET", "http://"+internal+"/metrics", nil, "")
	texts["log"] = stop()
	assert.Contains(t, texts["log"], "/muster/probes/")
	p.assertNone(t, texts)
}

// The runner has more secrets than the suite: the URLs of its notifiers.
func TestNoSecretOfTheRunner(t *testing.T) {
	t.Parallel()
	p, options := plant(t, "H04", true)
	p.d = deployment(t, options)
	var told sync.Map
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body) // what is missing is not searched
		told.Store(q.URL.Path, string(body))
	}))
	t.Cleanup(receiver.Close)
	dir, store := t.TempDir(), t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		return file
	}
	p.add("webhook", "T0PLANTED/B0PLANTED/wEbHoOkSeCrEt42")
	p.add("key of Sentry", "5ecre7ke7ofsentry0123456789abcdef")
	public, internal := closedPort(t), closedPort(t)
	stop := process(t, programs.Build(t, "muster-runner", "build", "../runner/cmd/muster-runner"), []string{
		"MUSTER_ADDRESS=" + public,
		"MUSTER_INTERNAL_ADDRESS=" + internal,
		"MUSTER_LOG_LEVEL=DEBUG",
		"MUSTER_HOST=" + phalanx.DefaultHost,
		"MUSTER_RUNNER_SUITE=" + theSuite(t),
		"MUSTER_RUNNER_TEST2JSON=" + test2json(t),
		"MUSTER_RUNNER_STORE=" + store,
		"MUSTER_RUNNER_ARGS=-env=" + environment(t, p.d, localFeatures),
		"MUSTER_RUNNER_WEBHOOK_FILE=" + write("webhook", receiver.URL+"/services/"+p.values["webhook"]),
		"MUSTER_RUNNER_SENTRY_DSN_FILE=" + write(
			"dsn",
			strings.Replace(receiver.URL, "://", "://"+p.values["key of Sentry"]+"@", 1)+"/7",
		),
	})
	at := "http://" + public + "/muster/runner"
	texts := map[string]string{}
	eventually(t, func() error {
		if text := fetch(t, "GET", at+"/runs", nil, ""); !strings.HasPrefix(text, "200") {
			return fmt.Errorf("the runner does not answer: %s", text)
		}
		return nil
	})
	texts["run"] = fetch(t, "POST", at+"/run", http.Header{"Accept": {"application/json"}}, "")
	texts["stream"] = fetch(t, "POST", at+"/run?run=TestNoToken", http.Header{"Accept": {"text/event-stream"}}, "")
	texts["mobu"] = fetch(
		t,
		"POST",
		at+"/run?run=TestNoToken",
		http.Header{"Content-Type": {"application/json"}},
		`{"user": {"username": "bot-x"}, "business": {"type": "MusterRunner"}}`,
	)
	for _, path := range []string{"/runs", "/pages/runs"} {
		texts[path] = fetch(t, "GET", at+path, nil, "")
		for _, link := range regexp.MustCompile(regexp.QuoteMeta("/muster/runner"+path)+
			`/[A-Za-z0-9_-]+`).FindAllString(texts["/runs"]+texts["/pages/runs"], -1) {
			texts[link] = fetch(t, "GET", "http://"+public+link, nil, "")
		}
	}
	eventually(t, func() error {
		if _, ok := told.Load("/services/" + p.values["webhook"]); !ok {
			return fmt.Errorf("the webhook was told nothing")
		}
		return nil
	})
	told.Range(func(path, body any) bool {
		// Sentry's own protocol tells it its key.
		texts["told "+fmt.Sprint(path)[:5]] = strings.ReplaceAll(body.(string), "//"+p.values["key of Sentry"]+"@", "")
		return true
	})
	assert.Contains(t, texts["told /api/"], "failed checks", "Sentry is told of the failure")
	texts["metrics"] = fetch(t, "GET", "http://"+internal+"/metrics", nil, "")
	texts["log"] = stop()
	assert.Contains(t, texts["run"], `"fail"`)
	assert.Contains(t, texts["metrics"], "muster_")
	maps.Copy(texts, files(t, store))
	p.assertNone(t, texts)
}
