// Package notify tells people what fails and what passes again.
//
//	webhook.go   when to post to a chat: retries, restarts
//	message.go   what to post
//	post.go      the delivery of a message
//	state.go     what a chat already knows
//	sentry.go    events for Sentry
package notify

import (
	"context"
	"iter"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/lsst-sqre/muster/validation/runner/files"
	"github.com/lsst-sqre/muster/validation/runner/history"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// WebhookConfig configures a webhook.
type WebhookConfig struct {
	// File holds the URL of an incoming webhook of Slack, or of a service with
	// the same protocol. It is read for every message, because a Secret may be
	// renewed.
	File string
	// Deployment is its name in messages.
	Deployment string
	// Runs is the URL of the page with all runs; that of a run is below it. Empty:
	// messages have no link.
	Runs string
	// StateFile keeps the notifyState across restarts. Empty: it is lost.
	StateFile string
	// CAFile names a PEM file of authorities to trust besides the system's.
	CAFile string
}

// Webhook announces in a chat that the deployment turned red, and that it is green
// again. In between it announces each new cause once, each hole that opens, and that
// none is open any more: the page of the runs shows the rest. An incomplete run is
// red with a text of its own. Partial and stopped runs are never announced, because
// they do not describe the whole deployment.
//
// Failed deliveries are retried until they succeed or are outdated, also by the
// next process. A message is repeated only if its answer was lost, because it
// may not have arrived.
type Webhook struct {
	cfg   WebhookConfig
	log   *slog.Logger
	post  *poster
	wake  chan struct{}
	pause func(context.Context, time.Duration)
	// guard is used by Deliver alone.
	guard files.Guard

	mu     sync.Mutex
	newest *history.Run
	state  notifyState
	// unsaved: the file has an older state.
	unsaved bool
	// stateLost: the file could not be read at the start.
	stateLost bool
}

// NewWebhook makes a Webhook, which sends when Deliver runs. The error never
// contains the URL.
func NewWebhook(cfg WebhookConfig, log *slog.Logger) (*Webhook, error) {
	if _, err := readURL(cfg.File); err != nil {
		return nil, err
	}
	post, err := newPoster(cfg.CAFile)
	if err != nil {
		return nil, err
	}
	w := &Webhook{cfg: cfg, log: log, post: post, wake: make(chan struct{}, 1), pause: sleep}
	var state notifyState
	if err = w.guard.Do(files.Patience, func() (err error) {
		state, err = readNotifyState(cfg.StateFile)
		return err
	}); err != nil {
		log.Warn("cannot read notification state; assuming the last stored run was already announced", "error", err)
		w.state, w.stateLost = notifyState{Verdict: verdict.Pass}, true
		return w, nil
	}
	w.state = state
	return w, nil
}

// Resume implements resumer. It announces what the previous process could not,
// such as its first red run.
func (w *Webhook) Resume(newestFirst iter.Seq[history.Run]) {
	var last *history.Run
	for run := range newestFirst {
		if run.Whole() {
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

// Observe implements observer.
func (w *Webhook) Observe(run history.Run) {
	if !run.Whole() {
		return
	}
	w.mu.Lock()
	w.newest = &run
	w.mu.Unlock()
	_ = w.pending() // before the next run takes its place
	select {
	case w.wake <- struct{}{}:
	default: // it is awake
	}
}

// pending is the run to announce, nil if there is none.
func (w *Webhook) pending() *history.Run {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.newest == nil {
		return nil
	}
	if !w.state.covers(w.newest) {
		return w.newest
	}
	if w.state.adopt(w.newest) {
		w.unsaved = true // Deliver saves it
	}
	return nil
}

// Deliver sends pending messages, one at a time, until ctx ends. It then waits
// for a message that is being sent, because the next process would have to
// repeat it.
func (w *Webhook) Deliver(ctx context.Context) {
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
		failed := w.post.send(context.WithoutCancel(ctx), w.cfg.File, message(w.cfg, run, before))
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
func (w *Webhook) waitForNews(ctx context.Context) {
	again := time.NewTimer(lastPause)
	defer again.Stop()
	select {
	case <-w.wake:
	case <-again.C:
	case <-ctx.Done():
	}
}

// begin saves that a message is being sent. If the runner is killed meanwhile,
// the next one must know that it may have arrived. It returns the state before.
func (w *Webhook) begin(run *history.Run) (before notifyState) {
	w.mu.Lock()
	before = w.state
	w.mu.Unlock()
	now := before
	now.Unsure, now.Run = true, run.ID
	_ = w.save(now) // record logs it
	return before
}

// record saves what the receiver knows after an attempt.
func (w *Webhook) record(run *history.Run, before notifyState, failed *failure) {
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
func (w *Webhook) save(now notifyState) error {
	err := w.guard.Do(files.Patience, func() error { return now.save(w.cfg.StateFile) })
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state, w.unsaved = now, err != nil
	return err
}

// saveUnsaved repeats a failed save, because after a restart an older file
// would be trusted.
func (w *Webhook) saveUnsaved() {
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

var descUndelivered = prometheus.NewDesc("muster_validation_webhook_undelivered",
	"1 while a message of the webhook is not delivered.", nil, nil)

// Describe implements prometheus.Collector.
func (w *Webhook) Describe(to chan<- *prometheus.Desc) { to <- descUndelivered }

// Collect implements prometheus.Collector.
func (w *Webhook) Collect(to chan<- prometheus.Metric) {
	value := 0.0
	if w.pending() != nil {
		value = 1
	}
	to <- prometheus.MustNewConstMetric(descUndelivered, prometheus.GaugeValue, value)
}
