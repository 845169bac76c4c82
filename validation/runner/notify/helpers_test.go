package notify

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/programs"
	"github.com/lsst-sqre/muster/validation/runner/history"
	"github.com/lsst-sqre/muster/validation/runner/history/historytest"
	"github.com/lsst-sqre/muster/validation/runner/notify/notifytest"
)

// teller is a running webhook with its receiver and its log.
type teller struct {
	*Webhook
	t      *testing.T
	log    *programs.Output
	pauses chan time.Duration
	stop   func()
}

// tell starts a webhook. Its pauses take no time, and the test sees each.
func tell(t *testing.T, r *notifytest.Receiver, stateFile string, kept ...history.Run) *teller {
	t.Helper()
	out := new(programs.Output)
	w, err := NewWebhook(WebhookConfig{
		File: notifytest.SecretFile(t, r.URL+notifytest.SecretPath+"\n"), Deployment: "idfdev",
		Runs: "https://example.org/muster/runs", StateFile: stateFile,
	}, slog.New(slog.NewTextHandler(out, nil)))
	require.NoError(t, err)
	w.Resume(historytest.Backward(kept...))
	tt := &teller{Webhook: w, t: t, log: out, pauses: make(chan time.Duration, 100)}
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
	go func() { defer close(done); w.Deliver(ctx) }()
	w.stop = func() { cancel(); <-done }
}

// observe passes runs and waits after each until no message is pending.
func (w *teller) observe(runs ...history.Run) {
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
