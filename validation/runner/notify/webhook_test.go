package notify

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/validation/runner/history"
	"github.com/lsst-sqre/muster/validation/runner/history/historytest"
	"github.com/lsst-sqre/muster/validation/runner/notify/notifytest"
)

func TestOneMessageWhenRedAndOneWhenGreen(t *testing.T) {
	t.Parallel()
	r := notifytest.NewReceiver(t)
	w := tell(t, r, "")
	w.observe(historytest.Green("1"), historytest.Green("2"), historytest.Red("3", "TestA"),
		historytest.Red("4", "TestA"), historytest.Red("5", "TestA", "TestB"), historytest.Red("6", "TestC"),
		historytest.Incomplete("7"), historytest.Red("8", "TestA"), historytest.Green("9"), historytest.Green("a"),
		historytest.Incomplete("b"), historytest.Incomplete("c"), historytest.Green("d"), historytest.Incomplete("e"),
		historytest.Red("f", "TestA"), historytest.Incomplete("g"), historytest.Red("h", "TestB"), historytest.Green("i"),
		historytest.Red("j", "TestA"), historytest.Incomplete("k"), historytest.Green("l"))
	var told []string
	for _, text := range r.Texts() {
		news := regexp.MustCompile(`It fails|passes again|could not be checked`).FindString(text)
		told = append(told, regexp.MustCompile(`runs/(.)\|`).FindStringSubmatch(text)[1]+" "+news)
	}
	assert.Equal(t, []string{
		"3 It fails", "7 could not be checked", "9 passes again", "b could not be checked", "d passes again",
		"e could not be checked", "f It fails", "i passes again", "j It fails", "k could not be checked", "l passes again",
	}, told, "each verdict once while it is red")
}

func TestPickedChecksTurnNothing(t *testing.T) {
	t.Parallel()
	r := notifytest.NewReceiver(t)
	w := tell(t, r, "")
	picked := func(run history.Run) history.Run { run.Pattern = "TestB"; return run }
	stopped := historytest.Incomplete("2a")
	stopped.Stopped = "the runner was stopped"
	w.observe(historytest.Green("1"), picked(historytest.Red("2", "TestB")), stopped, historytest.Red("3", "TestA"),
		picked(historytest.Green("4")), history.Run{ID: "5"}, historytest.Red("6", "TestA"))
	require.Len(t, r.Texts(), 1)
	assert.Contains(t, r.Texts()[0], "runs/3|")
}

func TestWebhookIsToldAgainUntilItAccepts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		says   string
		pause  time.Duration
	}{
		"a server's error": {notifytest.Status(500), "answered 500", firstPause},
		"refused": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, "no_service\n")
		}, "answered 404: no_service", firstPause},
		"an answer that repeats the request": {func(w http.ResponseWriter, req *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, req.URL.Path)
		}, "answered 400\"", firstPause},
		"too many":      {notifytest.Status(429, "Retry-After", "77"), "answered 429", 77 * time.Second},
		"too many ever": {notifytest.Status(429, "Retry-After", "999999999"), "answered 429", lastPause},
		"a redirect": {
			notifytest.Status(307, "Location", "/elsewhere"+notifytest.SecretPath), "answered 307", firstPause,
		},
		"found": {
			notifytest.Status(302, "Location", "/elsewhere"+notifytest.SecretPath), "answered 302", firstPause,
		},
		"cut":                   {notifytest.Cut, "EOF", firstPause},
		"a bad gateway":         {notifytest.Status(502), "answered 502", firstPause},
		"a gateway that waited": {notifytest.Status(504), "answered 504", firstPause},
		"a long answer": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, strings.Repeat("s3cr3t", 1<<20))
		}, "answered 503", firstPause},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := notifytest.NewReceiver(t, c.answer)
			w := tell(t, r, "")
			w.observe(historytest.Red("1", "TestA"), historytest.Green("2"))
			require.Len(t, r.Texts(), 2)
			assert.Contains(t, r.Texts()[0], "It fails.")
			assert.Contains(t, r.Texts()[1], "passes again")
			assert.Equal(t, 3, r.Tries)
			assert.Equal(t, c.pause, notifytest.Take(t, w.pauses))
			assert.Contains(t, w.log.String(), c.says)
		})
	}
}

func TestPausesGrow(t *testing.T) {
	t.Parallel()
	var answers []http.HandlerFunc
	for range 10 {
		answers = append(answers, notifytest.Status(500))
	}
	w := tell(t, notifytest.NewReceiver(t, answers...), "")
	w.observe(historytest.Red("1", "TestA"))
	var seconds []float64
	for range answers {
		seconds = append(seconds, notifytest.Take(t, w.pauses).Seconds())
	}
	assert.Equal(t, []float64{2, 4, 8, 16, 32, 64, 128, 256, 300, 300}, seconds)
}

// A slow receiver gets the message once, and later events after it.
func TestSlowReceiver(t *testing.T) {
	t.Parallel()
	arrived, goOn := make(chan struct{}), make(chan struct{})
	var seen []string
	slow := func(_ http.ResponseWriter, _ *http.Request) {
		close(arrived)
		<-goOn
		seen = append(seen, "first")
	}
	r := notifytest.NewReceiver(t, slow)
	w := tell(t, r, "")
	w.Observe(historytest.Red("1", "TestA"))
	notifytest.Take(t, arrived)
	w.Observe(historytest.Red("2", "TestA"))
	w.Observe(historytest.Green("3"))
	close(goOn)
	notifytest.Take(t, r.News)
	w.settle()
	notifytest.Take(t, r.News)
	assert.Equal(t, []string{"first"}, seen)
	require.Len(t, r.Texts(), 1)
	assert.Contains(t, r.Texts()[0], "passes again")
	assert.Equal(t, 2, r.Tries)
}

// held keeps a webhook in its pause until the test releases or stops it.
func held(t *testing.T, r *notifytest.Receiver, stateFile string) (w *teller, paused, goOn chan struct{}) {
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
	r := notifytest.NewReceiver(t, notifytest.Status(500), notifytest.Status(500))
	w, paused, goOn := held(t, r, "")
	w.Observe(historytest.Red("1", "TestA"))
	notifytest.Take(t, paused)
	w.Observe(historytest.Green("2")) // nobody knows of the red
	goOn <- struct{}{}
	w.settle()
	w.Observe(historytest.Red("3", "TestB"))
	notifytest.Take(t, paused)
	w.Observe(historytest.Red("4", "TestC"))
	goOn <- struct{}{}
	w.settle()
	require.Len(t, r.Texts(), 1)
	assert.Contains(t, r.Texts()[0], "TestC")
	assert.Equal(t, 3, r.Tries)
}

// A message whose answer was lost may have arrived. The current state is then
// sent in any case.
func TestNewsAfterALostAnswer(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{
		"cut": notifytest.Cut, "502": notifytest.Status(502), "504": notifytest.Status(504),
	} {
		t.Run(name+" to red", func(t *testing.T) {
			t.Parallel()
			r := notifytest.NewReceiver(t, answer)
			w, paused, goOn := held(t, r, "")
			w.Observe(historytest.Red("1", "TestA"))
			notifytest.Take(t, paused)
			w.Observe(historytest.Green("2"))
			goOn <- struct{}{}
			w.settle()
			w.observe(historytest.Green("3"))
			require.Len(t, r.Texts(), 1)
			assert.Contains(t, r.Texts()[0], "passes again")
		})
		t.Run(name+" to green", func(t *testing.T) {
			t.Parallel()
			r := notifytest.NewReceiver(t, nil, answer)
			w, paused, goOn := held(t, r, "")
			w.observe(historytest.Red("1", "TestA"))
			w.Observe(historytest.Green("2"))
			notifytest.Take(t, paused)
			w.Observe(historytest.Red("3", "TestB"))
			goOn <- struct{}{}
			w.settle()
			w.observe(historytest.Red("4", "TestC"))
			require.Len(t, r.Texts(), 2)
			assert.Contains(t, r.Texts()[1], "Failed: TestB")
		})
	}
}

// After a message that was never sent, no green message follows.
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
			r := notifytest.NewReceiver(t)
			w, paused, goOn := held(t, r, "")
			right, err := os.ReadFile(w.cfg.File)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(w.cfg.File, []byte(url+notifytest.SecretPath), 0o600))
			w.Observe(historytest.Red("1", "TestA"))
			notifytest.Take(t, paused)
			require.NoError(t, os.WriteFile(w.cfg.File, right, 0o600))
			w.Observe(historytest.Green("2"))
			goOn <- struct{}{}
			w.settle()
			w.observe(historytest.Green("3"))
			assert.Empty(t, r.Texts())
			assert.Zero(t, r.Tries)
		})
	}
}

func TestUndeliveredIsAMetric(t *testing.T) {
	t.Parallel()
	r := notifytest.NewReceiver(t, notifytest.Status(500))
	w, paused, goOn := held(t, r, "")
	w.Observe(historytest.Red("1", "TestA"))
	notifytest.Take(t, paused)
	assert.Contains(t, notifytest.Scrape(t, w), "webhook_undelivered 1")
	goOn <- struct{}{}
	w.settle()
	assert.Contains(t, notifytest.Scrape(t, w), "webhook_undelivered 0")
}
