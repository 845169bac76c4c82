package runner

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/programs"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// secretPath is the part of a webhook's URL that lets its holder write.
const secretPath = "/services/TEAM0/HOOK0/s3cr3ts3cr3ts3cr3t"

// receiver is the other side of a webhook. Each of its answers is used once, in
// order; then, and where one is nil, it accepts.
type receiver struct {
	*httptest.Server
	t       *testing.T
	mu      sync.Mutex
	answers []http.HandlerFunc
	// accepted are the texts that were acknowledged, tries all requests.
	accepted []string
	tries    int
	news     chan struct{}
}

func newReceiver(t *testing.T, answers ...http.HandlerFunc) *receiver {
	t.Helper()
	r := &receiver{t: t, answers: answers, news: make(chan struct{}, 100)}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	var got map[string]string
	if assert.NoError(r.t, err) {
		assert.NoError(r.t, json.Unmarshal(body, &got))
	}
	assert.Equal(r.t, "POST "+secretPath, req.Method+" "+req.URL.Path)
	assert.Equal(r.t, "application/json", req.Header.Get("Content-Type"))
	r.mu.Lock()
	r.tries++
	var answer http.HandlerFunc
	if len(r.answers) > 0 {
		answer, r.answers = r.answers[0], r.answers[1:]
	}
	if answer == nil {
		r.accepted = append(r.accepted, got["text"])
	}
	r.mu.Unlock()
	if answer != nil {
		answer(w, req)
	}
	r.news <- struct{}{}
}

func (r *receiver) texts() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string{}, r.accepted...)
}

func status(code int, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(code)
	}
}

// cut ends the connection without an answer.
func cut(w http.ResponseWriter, _ *http.Request) {
	if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
		_ = conn.Close()
	}
}

// teller is a webhook at work in front of a receiver, with what it logged.
type teller struct {
	*webhook
	t      *testing.T
	log    *programs.Output
	pauses chan time.Duration
	stop   func()
}

func secretFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "url")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return file
}

// tell starts a webhook. Its pauses take no time; the test sees each.
func tell(t *testing.T, r *receiver, stateFile string, kept ...Run) *teller {
	t.Helper()
	out := new(programs.Output)
	w, err := newWebhook(webhookConfig{
		file: secretFile(t, r.URL+secretPath+"\n"), deployment: "idfdev",
		runs: "https://example.org/muster/runs", stateFile: stateFile,
	}, slog.New(slog.NewTextHandler(out, nil)))
	require.NoError(t, err)
	w.Resume(backward(kept...))
	tt := &teller{webhook: w, t: t, log: out, pauses: make(chan time.Duration, 100)}
	w.pause = func(_ context.Context, d time.Duration) { tt.pauses <- d }
	tt.start()
	t.Cleanup(func() {
		tt.stop()
		for _, secret := range []string{"s3cr3t", "TEAM0"} {
			assert.NotContains(t, out.String(), secret)
		}
	})
	return tt
}

// start delivers, also after stop.
func (w *teller) start() {
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan struct{})
	go func() { defer close(done); w.deliver(ctx) }()
	w.stop = func() { cancel(); <-done }
}

// observe hands over runs and waits each time until there is nothing to tell.
func (w *teller) observe(runs ...Run) {
	w.t.Helper()
	for _, run := range runs {
		w.Observe(run)
		w.settle()
	}
}

func (w *teller) settle() {
	w.t.Helper()
	deadline := time.After(20 * time.Second)
	for tick := time.NewTicker(time.Millisecond); w.pending() != nil; {
		select {
		case <-tick.C:
		case <-deadline:
			require.FailNow(w.t, "a message was not delivered", w.log.String())
		}
	}
}

// take is the next value, which a test must not wait for until go test ends it.
func take[T any](t *testing.T, from <-chan T) (value T) {
	t.Helper()
	select {
	case value = <-from:
	case <-time.After(20 * time.Second):
		require.FailNow(t, "nothing came")
	}
	return value
}

func green(id string) Run { return ended(id, verdict.Pass, 0, check("TestA", "pass")) }

func red(id string, checks ...string) Run {
	run := ended(id, verdict.Fail, 0)
	for _, name := range checks {
		run.Report.Checks = append(run.Report.Checks, check(name, "fail"))
		run.Report.Counts["fail"]++
	}
	return run
}

func incomplete(id string) Run { return ended(id, verdict.Incomplete, 0) }
