package runner

import (
	"context"
	"iter"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// Pauses between two attempts to deliver a message. The last one also bounds what
// a receiver may ask for with Retry-After, because newer news waits as long.
const (
	firstPause = 2 * time.Second
	lastPause  = 5 * time.Minute
)

// webhookConfig configures a webhook.
type webhookConfig struct {
	// file holds the URL of an incoming webhook of Slack, or of a service with the
	// same protocol. It is read for every message: a Secret may be renewed.
	file string
	// deployment is its name in messages.
	deployment string
	// runs is the URL of the page with all runs; that of a run is below it. Empty:
	// messages have no link.
	runs string
	// stateFile keeps the notifyState across restarts. Empty: nothing does.
	stateFile string
	// caFile names a PEM file of authorities to trust besides the system's.
	caFile string
}

// webhook announces in a chat that the deployment turned red, and that it is green
// again. In between it announces only that a check of security turned red, or that
// none is any more: the page of the runs shows the rest. An incomplete run is red with a text of
// its own; if checks fail when they can run again, that is one message more. Partial and stopped
// runs are never announced, because they do not describe the whole deployment.
//
// Failed deliveries are retried until they succeed or are outdated, also by the
// next process. A message is repeated only if the answer to it was lost, because
// it may not have arrived.
type webhook struct {
	cfg   webhookConfig
	log   *slog.Logger
	post  *poster
	wake  chan struct{}
	pause func(context.Context, time.Duration)
	// guard is used by deliver alone.
	guard guard

	mu     sync.Mutex
	newest *Run
	state  notifyState
	// unsaved: the file has an older state.
	unsaved bool
	// stateLost: the file could not be read at the start.
	stateLost bool
}

// newWebhook makes a webhook, which sends when deliver runs. The error never
// contains the URL.
func newWebhook(cfg webhookConfig, log *slog.Logger) (*webhook, error) {
	if _, err := readURL(cfg.file); err != nil {
		return nil, err
	}
	post, err := newPoster(cfg.caFile)
	if err != nil {
		return nil, err
	}
	w := &webhook{cfg: cfg, log: log, post: post, wake: make(chan struct{}, 1), pause: sleep}
	var state notifyState
	if err = w.guard.do(storePatience, func() (err error) {
		state, err = readNotifyState(cfg.stateFile)
		return err
	}); err != nil {
		log.Warn("cannot read notification state; assuming the last stored run was already announced", "error", err)
		w.state, w.stateLost = notifyState{Verdict: verdict.Pass}, true
		return w, nil
	}
	w.state = state
	return w, nil
}

// Resume implements resumer: it announces what the process before could not, such
// as its first red run.
func (w *webhook) Resume(newestFirst iter.Seq[Run]) {
	var last *Run
	for run := range newestFirst {
		if run.whole() {
			last = &run
			break
		}
	}
	if last == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stateLost {
		w.state = notifyState{}.after(last)
	}
	// If the store lost its newest runs, its last one is older than what was
	// announced.
	if last.ID >= w.state.Run {
		w.newest = last
	}
}

// whole reports whether the run describes the whole deployment.
func (r *Run) whole() bool { return r.Report != nil && r.Pattern == "" && r.Stopped == "" }

func (r *Run) red() bool { return r.Report.Verdict != verdict.Pass }

// Observe implements observer.
func (w *webhook) Observe(run Run) {
	if !run.whole() {
		return
	}
	w.mu.Lock()
	w.newest = &run
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default: // it is awake
	}
}

// pending is the run to announce, nil if there is none.
func (w *webhook) pending() *Run {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.newest == nil || w.state.covers(w.newest) {
		return nil
	}
	return w.newest
}

// deliver sends pending messages, one at a time, until ctx ends. It then waits for
// a message on its way: if it cut that off, the next process would have to send it
// again.
func (w *webhook) deliver(ctx context.Context) {
	defer w.saveUnsaved()
	failures := 0
	for ctx.Err() == nil {
		run := w.pending()
		if run == nil {
			failures = 0
			w.saveUnsaved()
			w.waitForNews(ctx)
			continue
		}
		before := w.begin(run)
		failed := w.post.send(context.WithoutCancel(ctx), w.cfg.file, message(w.cfg, run, before))
		w.record(run, before, failed)
		if failed == nil {
			w.log.Info("notification delivered", "run", run.ID, "verdict", run.Report.Verdict)
			failures = 0
			continue
		}
		next := failed.after
		if next == 0 {
			next = min(firstPause<<min(failures, 16), lastPause)
		}
		failures++
		w.log.Warn("notification delivery failed, will retry",
			"run", run.ID, "error", failed.reason, "pause", next.String())
		w.pause(ctx, next)
	}
}

// waitForNews also returns after a while without news, because a file system that
// hung may answer again.
func (w *webhook) waitForNews(ctx context.Context) {
	again := time.NewTimer(lastPause)
	defer again.Stop()
	select {
	case <-w.wake:
	case <-again.C:
	case <-ctx.Done():
	}
}

// begin saves that a message is on its way: if the runner is killed meanwhile, the
// next one must know that it may have arrived. It returns the state before.
func (w *webhook) begin(run *Run) (before notifyState) {
	w.mu.Lock()
	before = w.state
	w.mu.Unlock()
	now := before
	now.Unsure, now.Run = true, run.ID
	_ = w.save(now) // record logs it
	return before
}

// record saves what the receiver knows after an attempt.
func (w *webhook) record(run *Run, before notifyState, failed *failure) {
	now := before
	switch {
	case failed == nil:
		now = before.after(run)
	case failed.unsure:
		now.Unsure, now.Run = true, run.ID
	}
	if err := w.save(now); err != nil {
		w.log.Warn("cannot save notification state: a restart may repeat the message", "error", err)
	}
}

// save sets the state, in memory also when the file system fails or hangs.
func (w *webhook) save(now notifyState) error {
	err := w.guard.do(storePatience, func() error { return now.save(w.cfg.stateFile) })
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state, w.unsaved = now, err != nil
	return err
}

// saveUnsaved tries again what failed before: after a restart an older file would
// be believed.
func (w *webhook) saveUnsaved() {
	w.mu.Lock()
	now, unsaved := w.state, w.unsaved
	w.mu.Unlock()
	if unsaved {
		_ = w.save(now) // record logged it
	}
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

var descUndelivered = describe("webhook_undelivered", "1 while a message of the webhook is not delivered.")

// Describe implements prometheus.Collector.
func (w *webhook) Describe(to chan<- *prometheus.Desc) { to <- descUndelivered }

// Collect implements prometheus.Collector.
func (w *webhook) Collect(to chan<- prometheus.Metric) {
	value := 0.0
	if w.pending() != nil {
		value = 1
	}
	to <- prometheus.MustNewConstMetric(descUndelivered, prometheus.GaugeValue, value)
}
