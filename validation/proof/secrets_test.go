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
	"net/http/httptest"
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
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/lsst-sqre/muster/fixtures/faults"
	"github.com/lsst-sqre/muster/fixtures/lanes"
	"github.com/lsst-sqre/muster/fixtures/phalanx"
	"github.com/lsst-sqre/muster/fixtures/programs"
	"github.com/lsst-sqre/muster/muster"
	"github.com/lsst-sqre/muster/validation/kubernetes/resources"
	"github.com/lsst-sqre/muster/validation/proof/apiserver"
)

// planted collects the secrets of a deployment while it is used: every token
// that Gafaelfawr makes, and the sessions that it gives away.
type planted struct {
	mu     sync.Mutex
	values map[string]string
	d      *phalanx.Deployment
}

var sessionCookie = regexp.MustCompile(`(?i)gafaelfawr=([A-Za-z0-9_=-]{40,})`)

// plant starts a deployment whose secrets are known. Its answers repeat the
// credentials that they were asked with, where echo says so.
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

// echoCredentials makes an answer one of a gateway that shows what it was sent,
// as error pages for developers do.
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

// plantToken plants a token. Its first half is a name that Gafaelfawr itself
// prints; of the other, which is the secret, no half may be found.
func (p *planted) plantToken(name, token string) {
	_, secret, _ := strings.Cut(token, ".")
	p.values[name+", third quarter"], p.values[name+", last quarter"] = secret[:len(secret)/2], secret[len(secret)/2:]
}

// add plants what is no token.
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
	}
	return newSecrets(maps.Clone(p.values))
}

// assertNone searches texts, by where they stood.
func (p *planted) assertNone(t *testing.T, texts map[string]string) {
	t.Helper()
	s := p.secrets()
	require.NotEmpty(t, s.values)
	for where, text := range texts {
		assert.Empty(t, s.in(text), "secrets in %s", where)
		assert.Empty(t, tokensIn(text), "tokens in %s", where)
	}
}

// files are those below the folder, by their paths.
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

// outputs are all that a run of the suite leaves: what it printed, its evidence,
// and every report of it, as a log, as annotations and as files.
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

// No output of a run has a secret in it, however it is encoded: not where a
// fault leads tokens astray, nor where answers repeat them.
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

// Nor do secrets of Kubernetes get out: those of the account, and what Secrets hold.
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

// fetch asks and gives the whole answer, head included.
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

// The server shows what reached it, and that may be a secret anywhere.
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
	texts := map[string]string{} // by the headers that were sent: to search many is slower
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

// The runner has more secrets than the suite: where it tells of a failure.
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
