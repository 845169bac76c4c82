package runner

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
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
	w.observe(green("1"), green("2"), red("3", "TestA"), red("4", "TestA"), red("5", "TestA", "TestB"), red("6", "TestC"),
		incomplete("7"), red("8", "TestA"), green("9"), green("a"), incomplete("b"), green("c"))
	got := r.texts()
	require.Len(t, got, 4)
	assert.Contains(t, got[0], "idfdev is red")
	assert.Contains(t, got[0], "<https://example.org/muster/runs/3|Run 3>")
	assert.Contains(t, got[1], "green again")
	assert.Contains(t, got[1], "runs/9|")
	assert.Contains(t, got[2], "idfdev could not be checked")
	assert.Contains(t, got[3], "green again")
}

func TestPickedChecksTurnNothing(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	w := tell(t, r, "")
	picked := func(run Run) Run { run.Pattern = "TestB"; return run }
	stopped := incomplete("2a")
	stopped.Stopped = "the runner was stopped"
	w.observe(green("1"), picked(red("2", "TestB")), stopped, red("3", "TestA"), picked(green("4")), Run{ID: "5"}, red("6", "TestA"))
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
		"too many":      {status(429, "Retry-After", "77"), "answered 429", 77 * time.Second},
		"too many ever": {status(429, "Retry-After", "999999999"), "answered 429", time.Hour},
		"a redirect":    {status(307, "Location", "/elsewhere"+secretPath), "answered 307", firstPause},
		"found":         {status(302, "Location", "/elsewhere"+secretPath), "answered 302", firstPause},
		"cut":           {cut, "EOF", firstPause},
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

// held keeps a webhook in its pause until the test lets it go on.
func held(t *testing.T, r *receiver) (w *teller, paused, goOn chan struct{}) {
	t.Helper()
	w = tell(t, newReceiver(t), "")
	w.stop()
	paused, goOn = make(chan struct{}), make(chan struct{})
	w.cfg.File = secretFile(t, r.URL+secretPath)
	w.pause = func(context.Context, time.Duration) { paused <- struct{}{}; <-goOn }
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); w.Deliver(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return w, paused, goOn
}

func TestNewerStateReplacesAnUndeliveredOne(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, status(500), status(500))
	w, paused, goOn := held(t, r)
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

// A message whose answer was lost may have arrived: then it is green again.
func TestGreenAfterALostAnswer(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, cut)
	w, paused, goOn := held(t, r)
	w.Observe(red("1", "TestA"))
	take(t, paused)
	w.Observe(green("2"))
	goOn <- struct{}{}
	w.settle()
	require.Len(t, r.texts(), 1)
	assert.Contains(t, r.texts()[0], "green again")
}

func TestRestart(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	state := filepath.Join(t.TempDir(), "webhook.json")
	wasRed, wasGreen := red("1", "TestA"), green("2")
	w := tell(t, r, state)
	w.observe(wasRed)
	w.stop()

	w = tell(t, r, state, green("0"), wasRed)
	w.settle()
	w.observe(red("1a", "TestA"))
	w.stop()
	require.Len(t, r.texts(), 1, "told before")

	w = tell(t, r, state, wasRed, wasGreen) // the run ended, and the process before it told
	w.settle()
	w.stop()
	require.Len(t, r.texts(), 2)
	assert.Contains(t, r.texts()[1], "green again")

	w = tell(t, r, state, green("0"), wasRed) // a store that lost the later run
	w.settle()
	w.stop()
	require.Len(t, r.texts(), 2)

	w = tell(t, r, state)
	w.observe(green("3"))
	require.Len(t, r.texts(), 2)
}

func TestRestartKnowsOnlyTheLastRun(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"no file": "", "half a file": `{"red":fal`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newReceiver(t)
			state := filepath.Join(t.TempDir(), "webhook.json")
			if text != "" {
				require.NoError(t, os.WriteFile(state, []byte(text), 0o600))
			}
			picked := green("1a")
			picked.Pattern = "TestA"
			w := tell(t, r, state, green("0"), red("1", "TestA"), picked)
			w.observe(red("2", "TestA"), green("3"))
			require.Len(t, r.texts(), 1)
			assert.Contains(t, r.texts()[0], "green again")
		})
	}
}

func TestStateThatCannotBeKept(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	w := tell(t, r, filepath.Join(t.TempDir(), "missing", "webhook.json"))
	w.observe(red("1", "TestA"), red("2", "TestA"), green("3"))
	assert.Len(t, r.texts(), 2)
	assert.Contains(t, w.log.String(), "cannot be kept")
}

func TestRenewedSecretIsUsed(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	w := tell(t, r, "")
	w.stop()
	good := w.cfg.File
	w.cfg.File = filepath.Join(t.TempDir(), "url")
	w.pause = func(context.Context, time.Duration) {
		text, err := os.ReadFile(good)
		if assert.NoError(t, err) {
			assert.NoError(t, os.WriteFile(w.cfg.File, text, 0o600))
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); w.Deliver(ctx) }()
	w.observe(red("1", "TestA"))
	cancel()
	<-done
	assert.Len(t, r.texts(), 1)
}

func TestURLIsNeverShown(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "hooks.example.org" + secretPath, "ftp://h" + secretPath, "https://h/s3cr3t\nhttps://h/s3cr3t",
		"https://h/%zz/s3cr3t", "https:///s3cr3t", "s3cr3t: https://h"} {
		_, err := NewWebhook(WebhookConfig{File: secretFile(t, text)}, slog.Default())
		if assert.Error(t, err, "%q", text) {
			assert.Contains(t, err.Error(), "does not hold one URL")
			assert.NotContains(t, err.Error(), "s3cr3t")
		}
	}
	_, err := NewWebhook(WebhookConfig{File: filepath.Join(t.TempDir(), "url")}, slog.Default())
	assert.ErrorIs(t, err, os.ErrNotExist)

	post, err := newPoster("")
	require.NoError(t, err)
	for _, host := range []string{"http://127.0.0.1:1", "http://user:s3cr3t@127.0.0.1:1", "https://no-such-host.invalid"} {
		failed := post.send(t.Context(), secretFile(t, host+secretPath+"?key=s3cr3t"), "text")
		if assert.NotNil(t, failed) {
			assert.NotEmpty(t, failed.reason)
			assert.NotContains(t, failed.reason, "s3cr3t")
			assert.NotContains(t, failed.reason, "TEAM0")
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]time.Duration{
		"": 0, "0": 0, "-5": 0, "30": 30 * time.Second, "nonsense": 0, "1e9": 0,
		"99999999999999999999":           0,
		"Sun, 01 Mar 2026 12:01:00 GMT":  time.Minute,
		"Sun, 01 Mar 2026 11:00:00 GMT":  0,
		"Mon, 01 Mar 2027 12:00:00 GMT":  time.Hour,
		"Sunday, 01-Mar-26 12:00:09 GMT": 9 * time.Second,
	} {
		assert.Equal(t, want, retryAfter(value, noon), value)
	}
}

func TestUndeliveredIsAMetric(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, status(500))
	w, paused, goOn := held(t, r)
	w.Observe(red("1", "TestA"))
	take(t, paused)
	assert.Contains(t, scrape(t, w), "webhook_undelivered 1")
	goOn <- struct{}{}
	w.settle()
	assert.Contains(t, scrape(t, w), "webhook_undelivered 0")
}
