package proof

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/faults"
	"github.com/lsst-sqre/muster/fixtures/phalanx"
	"github.com/lsst-sqre/muster/fixtures/programs"
)

// planted collects the secrets of a deployment while it runs: every token that
// Gafaelfawr creates, and the sessions.
type planted struct {
	mu     sync.Mutex
	values map[string]string
	d      *phalanx.Deployment
}

var sessionCookie = regexp.MustCompile(`(?i)gafaelfawr="?([A-Za-z0-9_=-]{40,})`)

// plant starts a deployment whose secrets are collected. With echo, answers
// repeat the credentials of their requests.
func plant(t *testing.T, fault string, echo bool) (*planted, phalanx.Options) {
	t.Helper()
	o := phalanx.Defaults()
	if fault != "" {
		f, err := faults.Find(fault)
		require.NoError(t, err)
		f.Seed(&o)
	}
	p := &planted{values: map[string]string{}}
	o.Hooks.Gafaelfawr = append(o.Hooks.Gafaelfawr, func(next phalanx.Handler) phalanx.Handler {
		return func(r *phalanx.Request) *phalanx.Answer {
			a := next(r)
			p.note(r.Header, r.Body)
			p.note(a.Header, a.Body)
			return a
		}
	})
	if echo {
		o.Hooks.ClientAnswer = append(o.Hooks.ClientAnswer, echoCredentials)
	}
	return p, o
}

// echoCredentials adds the request's credentials to an answer, as error pages for
// developers do.
func echoCredentials(p phalanx.RequestContext, a *phalanx.Answer) {
	credentials := p.Request.Header.Get("Authorization") + p.Request.Header.Get("Cookie")
	if credentials == "" || !strings.Contains(p.Path, "probes") {
		return
	}
	a.Status = http.StatusTeapot
	a.Header.Set("X-Debug", credentials)
	a.Header.Set("Content-Type", "text/plain")
	a.Body = []byte(
		strings.Join(
			[]string{
				"you sent",
				credentials,
				base64.StdEncoding.EncodeToString([]byte(credentials)),
				url.QueryEscape(credentials),
			},
			" ",
		),
	)
	a.Header.Set("Content-Length", fmt.Sprint(len(a.Body)))
}

func (p *planted) note(header phalanx.Header, body []byte) {
	text := string(body)
	for _, l := range header {
		text += "\n" + l.Name() + ": " + l.Value()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, token := range wholeToken.FindAllString(text, -1) {
		p.plantToken("token "+token[:12], token)
	}
	for _, m := range sessionCookie.FindAllStringSubmatch(text, -1) {
		p.values["session "+m[1][len(m[1])-6:]] = m[1]
	}
}

// plantToken plants a token. Gafaelfawr itself prints its first half, the key. No
// half of the other part, the secret, may be found.
func (p *planted) plantToken(name, token string) {
	_, secret, _ := strings.Cut(token, ".")
	p.values[name+", third quarter"], p.values[name+", last quarter"] = secret[:len(secret)/2], secret[len(secret)/2:]
}

// add plants a secret that is no token.
func (p *planted) add(name, value string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.values[name] = value
}

func (p *planted) secrets() *secrets {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.d != nil {
		p.plantToken("bootstrap token", p.d.Bootstrap().Reveal())
		p.values["session secret"] = p.d.SessionSecret()
	}
	return newSecrets(maps.Clone(p.values))
}

// assertNone searches texts, which are named by their places.
func (p *planted) assertNone(t *testing.T, texts map[string]string) {
	t.Helper()
	s := p.secrets()
	require.NotEmpty(t, s.values)
	for where, text := range texts {
		assert.Empty(t, s.in(text), "secrets in %s", where)
		assert.Empty(t, tokensIn(text), "tokens in %s", where)
	}
}

// files returns the files below the folder by path.
func files(t *testing.T, folder string) map[string]string {
	t.Helper()
	all := map[string]string{}
	require.NoError(t, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		all[path] = string(text)
		return err
	}))
	return all
}

// outputs returns all outputs of a run: what it printed, its evidence, and every
// report, as a log, as annotations and as files.
func outputs(t *testing.T, env string, args ...string) map[string]string {
	t.Helper()
	dir := t.TempDir()
	cmd := command(
		t,
		theSuite(t),
		append(args, asEvents, "-strict", "-evidence="+filepath.Join(dir, "evidence"), "-env="+env)...)
	o := finish(t, cmd)
	require.NotZero(t, o.code, "a run that fails shows more")
	convert := command(t, test2json(t), "-t", "-p", "github.com/lsst-sqre/muster/validation")
	convert.Stdin = strings.NewReader(o.stdout)
	events := finish(t, convert).stdout
	report := command(t, programs.Build(t, "report", "build", "../report"), "-live", "-out", filepath.Join(dir, "reports"))
	report.Stdin = strings.NewReader(events)
	report.Env = append(os.Environ(), "GITHUB_ACTIONS=true", "GITHUB_STEP_SUMMARY="+filepath.Join(dir, "step-summary"))
	shown := finish(t, report)
	require.Contains(t, shown.stdout, "::error")
	all := files(t, dir)
	require.Len(
		t,
		all,
		5+strings.Count(fmt.Sprint(shown.stdout), "    evidence:   ")-strings.Count(shown.stdout, "    evidence:   none"),
		"reports, the summary of the step, evidence",
	)
	all["what the suite printed"] = o.stdout + o.stderr
	all["the events"] = events
	all["what the report printed"] = shown.stdout + shown.stderr
	return all
}

// process runs a program until the test ends it, and gives what it printed.
func process(t *testing.T, name string, environ []string, args ...string) (stop func() string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.Dir = t.TempDir()
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}, environ...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	require.NoError(t, cmd.Start())
	return sync.OnceValue(func() string {
		cancel()
		_ = cmd.Wait() // by the signal
		return out.String()
	})
}

// fetch sends a request and returns the whole answer with its head.
func fetch(t *testing.T, method, address string, header http.Header, body string) string {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	require.NoError(t, err)
	maps.Copy(q.Header, header)
	answer, err := http.DefaultTransport.RoundTrip(q)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = answer.Body.Close() }()
	content, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return fmt.Sprint(answer.Status, answer.Header, string(content))
}
