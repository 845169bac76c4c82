package runner

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/phalanx"
	"github.com/lsst-sqre/muster/fixtures/programs"
	"github.com/lsst-sqre/muster/muster/daemon"
	"github.com/lsst-sqre/muster/validation/runner/files"
)

func TestMain(m *testing.M) {
	files.Patience = 2 * time.Minute
	code := m.Run()
	programs.Remove()
	os.Exit(code)
}

func test2json(t *testing.T) string { return programs.Build(t, "test2json", "build", "cmd/test2json") }

func theSuite(t *testing.T) string {
	return programs.Build(t, "validation", "test", "-c", "../../validation")
}

func theCommand(t *testing.T) string {
	return programs.Build(t, "muster-runner", "build", "./cmd/muster-runner")
}

func theChild(t *testing.T) string { return programs.Build(t, "child", "build", "./testdata/child") }

// wholeToken is a token as Gafaelfawr makes them.
var wholeToken = regexp.MustCompile(`gt-[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{22}`)

// runTimeout is enough for a run on a busy machine with the race detector.
const runTimeout = 5 * time.Minute

// child returns a configuration whose suite misbehaves according to mode.
func child(t *testing.T, mode string) Config {
	t.Helper()
	return Config{Suite: theChild(t), Test2json: test2json(t), Arguments: []string{"-child=" + mode}, Store: t.TempDir(),
		Timeout: runTimeout, killGrace: 20 * time.Second}
}

// against returns a configuration with the real suite against a deployment.
func against(t *testing.T, env string) Config {
	t.Helper()
	return Config{Suite: theSuite(t), Test2json: test2json(t), Arguments: []string{"-env=" + env}, Store: t.TempDir(),
		Version: "1.2.3"}
}

// deployment starts a deployment that outlives the runs against it.
func deployment(t *testing.T, o phalanx.Options) *phalanx.Deployment {
	t.Helper()
	d, err := phalanx.Start(context.WithoutCancel(t.Context()), o)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, d.Close()) })
	return d
}

// environment writes an environment file for the deployment.
func environment(t *testing.T, d *phalanx.Deployment) string {
	t.Helper()
	path, err := d.WriteEnvironment(t.TempDir(), "features: [quota]\n")
	require.NoError(t, err)
	return path
}

// site is a runner with its listener.
type site struct {
	*Runner
	t       *testing.T
	address string
	log     *programs.Output
	stop    func()
}

// start starts a runner. change may alter it before it listens. The test fails if
// its log contains a token.
func start(t *testing.T, cfg Config, change func(*Runner), observers ...observer) *site {
	t.Helper()
	s := &site{t: t, log: new(programs.Output)}
	r, err := New(cfg, daemon.NewLogger(s.log, "INFO", "production"), observers...)
	require.NoError(t, err)
	if change != nil {
		change(r)
	}
	public, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- r.Serve(ctx, public, nil) }()
	s.Runner, s.address = r, public.Addr().String()
	s.stop = sync.OnceFunc(func() {
		cancel()
		assert.NoError(t, <-done)
		assert.NotRegexp(t, wholeToken, s.log.String())
	})
	t.Cleanup(s.stop)
	return s
}

// current returns the newest run in progress, or nil.
func (s *site) current() *active {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.latest()
}

// waitersOf returns how many requests wait for the run.
func (s *site) waitersOf(a *active) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return a.waiters
}

var testLog = slog.New(slog.DiscardHandler)

func newTestLog(w io.Writer) *slog.Logger { return daemon.NewLogger(w, "INFO", "production") }

func (s *site) url(path string) string { return "http://" + s.address + "/muster/runner" + path }

// ask sends a request, and asserts that the answer has no token.
func (s *site) ask(method, path, body string, headers ...string) (*http.Response, string) {
	s.t.Helper()
	return exchangeOnce(s.t.Context(), s.t, method, s.url(path), body, headers...)
}

func exchangeOnce(ctx context.Context, t *testing.T, method, url, body string, headers ...string) (*http.Response,
	string) {
	t.Helper()
	q, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	require.NoError(t, err)
	for i := 0; i < len(headers); i += 2 {
		q.Header.Set(headers[i], headers[i+1])
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(q)
	require.NoError(t, err)
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	assert.NotRegexp(t, wholeToken, string(text))
	return answer, string(text)
}

func decode(t *testing.T, text string) result {
	t.Helper()
	var r result
	require.NoError(t, json.Unmarshal([]byte(text), &r), text)
	return r
}

// run sends POST /run, which must be answered with 200.
func (s *site) run(query string) result {
	s.t.Helper()
	answer, text := s.ask(http.MethodPost, "/run"+query, "")
	require.Equal(s.t, http.StatusOK, answer.StatusCode, text)
	return decode(s.t, text)
}

// open sends a request and returns the body while it is streamed.
func (s *site) open(ctx context.Context, method, path string, headers ...string) *bufio.Reader {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(ctx, runTimeout) // a stream lasts as long as its run
	s.t.Cleanup(cancel)
	q, err := http.NewRequestWithContext(ctx, method, s.url(path), nil)
	require.NoError(s.t, err)
	for i := 0; i < len(headers); i += 2 {
		q.Header.Set(headers[i], headers[i+1])
	}
	answer, err := http.DefaultClient.Do(q)
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = answer.Body.Close() })
	require.Equal(s.t, http.StatusOK, answer.StatusCode)
	return bufio.NewReader(answer.Body)
}

// until polls. On an idle machine the condition holds at once.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); !is(); <-time.After(5 * time.Millisecond) {
		require.True(t, time.Now().Before(deadline), "never: %s", what)
	}
}

// seen is a received event of a stream.
type seen struct{ name, data string }

func nextEvent(t *testing.T, r *bufio.Reader) (seen, bool) {
	t.Helper()
	var e seen
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return e, false
		}
		line = strings.TrimSuffix(line, "\n")
		if line == "" && e.name != "" {
			return e, true
		}
		if text, ok := strings.CutPrefix(line, "event: "); ok {
			e.name = text
		}
		if text, ok := strings.CutPrefix(line, "data: "); ok {
			e.data = text
		}
	}
}
