package runner

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOneMessageWhenRedAndOneWhenGreen(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	w := tell(t, r, "")
	w.observe(green("1"), green("2"), red("3", "TestA"), red("4", "TestA"), red("5", "TestA", "TestB"),
		red("6", "TestC"),
		incomplete("7"), red("8", "TestA"), green("9"), green("a"), incomplete("b"), incomplete("c"), green("d"),
		incomplete("e"), red("f", "TestA"), incomplete("g"), red("h", "TestB"), green("i"), red("j",
			"TestA"), incomplete("k"), green("l"))
	got := r.texts()
	require.Len(t, got, 9)
	assert.Contains(t, got[0], "idfdev is red")
	assert.Contains(t, got[0], "<https://example.org/muster/runs/3|Run 3>")
	assert.Contains(t, got[1], "green again")
	assert.Contains(t, got[1], "runs/9|")
	assert.Contains(t, got[2], "idfdev could not be checked")
	assert.Contains(t, got[3], "green again")
	assert.Contains(t, got[4], "idfdev could not be checked")
	assert.Contains(t, got[5], "idfdev is red", "what fails was not named yet")
	assert.Contains(t, got[5], "Failed: TestA")
	assert.Contains(t, got[6], "green again")
	assert.Contains(t, got[7], "idfdev is red")
	assert.Contains(t, got[8], "green again")
}

func TestPickedChecksTurnNothing(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	w := tell(t, r, "")
	picked := func(run Run) Run { run.Pattern = "TestB"; return run }
	stopped := incomplete("2a")
	stopped.Stopped = "the runner was stopped"
	w.observe(green("1"), picked(red("2", "TestB")), stopped, red("3", "TestA"), picked(green("4")), Run{ID: "5"},
		red("6", "TestA"))
	require.Len(t, r.texts(), 1)
	assert.Contains(t, r.texts()[0], "runs/3|")
}

func TestWebhookIsToldAgainUntilItAccepts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		says   string
		pause  time.Duration
	}{
		"a server's error": {status(500), "answered 500", firstPause},
		"refused": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, "no_service\n")
		}, "answered 404: no_service", firstPause},
		"an answer that repeats the request": {func(w http.ResponseWriter, req *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, req.URL.Path)
		}, "answered 400\"", firstPause},
		"too many":              {status(429, "Retry-After", "77"), "answered 429", 77 * time.Second},
		"too many ever":         {status(429, "Retry-After", "999999999"), "answered 429", lastPause},
		"a redirect":            {status(307, "Location", "/elsewhere"+secretPath), "answered 307", firstPause},
		"found":                 {status(302, "Location", "/elsewhere"+secretPath), "answered 302", firstPause},
		"cut":                   {cut, "EOF", firstPause},
		"a bad gateway":         {status(502), "answered 502", firstPause},
		"a gateway that waited": {status(504), "answered 504", firstPause},
		"a long answer": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, strings.Repeat("s3cr3t", 1<<20))
		}, "answered 503", firstPause},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newReceiver(t, c.answer)
			w := tell(t, r, "")
			w.observe(red("1", "TestA"), green("2"))
			require.Len(t, r.texts(), 2)
			assert.Contains(t, r.texts()[0], "is red")
			assert.Contains(t, r.texts()[1], "is green again")
			assert.Equal(t, 3, r.tries)
			assert.Equal(t, c.pause, take(t, w.pauses))
			assert.Contains(t, w.log.String(), c.says)
		})
	}
}

func TestPausesGrow(t *testing.T) {
	t.Parallel()
	var answers []http.HandlerFunc
	for range 10 {
		answers = append(answers, status(500))
	}
	w := tell(t, newReceiver(t, answers...), "")
	w.observe(red("1", "TestA"))
	var seconds []float64
	for range answers {
		seconds = append(seconds, take(t, w.pauses).Seconds())
	}
	assert.Equal(t, []float64{2, 4, 8, 16, 32, 64, 128, 256, 300, 300}, seconds)
}

// Whoever answers slowly gets the message once, and what happens meanwhile
// after it.
func TestSlowReceiver(t *testing.T) {
	t.Parallel()
	arrived, goOn := make(chan struct{}), make(chan struct{})
	var seen []string
	slow := func(_ http.ResponseWriter, _ *http.Request) {
		close(arrived)
		<-goOn
		seen = append(seen, "first")
	}
	r := newReceiver(t, slow)
	w := tell(t, r, "")
	w.Observe(red("1", "TestA"))
	take(t, arrived)
	w.Observe(red("2", "TestA"))
	w.Observe(green("3"))
	close(goOn)
	take(t, r.news)
	w.settle()
	take(t, r.news)
	assert.Equal(t, []string{"first"}, seen)
	require.Len(t, r.texts(), 1)
	assert.Contains(t, r.texts()[0], "green again")
	assert.Equal(t, 2, r.tries)
}

// held keeps a webhook in its pause until the test lets it go on, or stops it.
func held(t *testing.T, r *receiver, stateFile string) (w *teller, paused, goOn chan struct{}) {
	t.Helper()
	w = tell(t, r, stateFile)
	w.stop()
	paused, goOn = make(chan struct{}, 100), make(chan struct{})
	w.pause = func(ctx context.Context, _ time.Duration) {
		paused <- struct{}{}
		select {
		case <-goOn:
		case <-ctx.Done():
		}
	}
	w.start()
	return w, paused, goOn
}

func TestNewerStateReplacesAnUndeliveredOne(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, status(500), status(500))
	w, paused, goOn := held(t, r, "")
	w.Observe(red("1", "TestA"))
	take(t, paused)
	w.Observe(green("2")) // nobody knows of the red
	goOn <- struct{}{}
	w.settle()
	w.Observe(red("3", "TestB"))
	take(t, paused)
	w.Observe(red("4", "TestC"))
	goOn <- struct{}{}
	w.settle()
	require.Len(t, r.texts(), 1)
	assert.Contains(t, r.texts()[0], "TestC")
	assert.Equal(t, 3, r.tries)
}

// A message whose answer was lost may have arrived: then what is true is told,
// whatever was told before.
func TestNewsAfterALostAnswer(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{"cut": cut, "502": status(502), "504": status(504)} {
		t.Run(name+" to red", func(t *testing.T) {
			t.Parallel()
			r := newReceiver(t, answer)
			w, paused, goOn := held(t, r, "")
			w.Observe(red("1", "TestA"))
			take(t, paused)
			w.Observe(green("2"))
			goOn <- struct{}{}
			w.settle()
			w.observe(green("3"))
			require.Len(t, r.texts(), 1)
			assert.Contains(t, r.texts()[0], "green again")
		})
		t.Run(name+" to green", func(t *testing.T) {
			t.Parallel()
			r := newReceiver(t, nil, answer)
			w, paused, goOn := held(t, r, "")
			w.observe(red("1", "TestA"))
			w.Observe(green("2"))
			take(t, paused)
			w.Observe(red("3", "TestB"))
			goOn <- struct{}{}
			w.settle()
			w.observe(red("4", "TestC"))
			require.Len(t, r.texts(), 2)
			assert.Contains(t, r.texts()[1], "Failed: TestB")
		})
	}
}

// A message that never left told nobody: no green follows it.
func TestNoNewsAfterAMessageThatNeverLeft(t *testing.T) {
	t.Parallel()
	untrusted := httptest.NewUnstartedServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	untrusted.StartTLS()
	t.Cleanup(untrusted.Close)
	for name, url := range map[string]string{
		"nobody listens": "http://127.0.0.1:1", "no such host": "http://no-such-host.invalid", "not trusted": untrusted.URL,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newReceiver(t)
			w, paused, goOn := held(t, r, "")
			right, err := os.ReadFile(w.cfg.file)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(w.cfg.file, []byte(url+secretPath), 0o600))
			w.Observe(red("1", "TestA"))
			take(t, paused)
			require.NoError(t, os.WriteFile(w.cfg.file, right, 0o600))
			w.Observe(green("2"))
			goOn <- struct{}{}
			w.settle()
			w.observe(green("3"))
			assert.Empty(t, r.texts())
			assert.Zero(t, r.tries)
		})
	}
}

func TestUndeliveredIsAMetric(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, status(500))
	w, paused, goOn := held(t, r, "")
	w.Observe(red("1", "TestA"))
	take(t, paused)
	assert.Contains(t, scrape(t, w), "webhook_undelivered 1")
	goOn <- struct{}{}
	w.settle()
	assert.Contains(t, scrape(t, w), "webhook_undelivered 0")
}
