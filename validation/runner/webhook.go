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

// Pauses of the webhook between two tries to deliver a message.
const (
	firstPause = 2 * time.Second
	lastPause  = 5 * time.Minute
	// longestPause bounds what a receiver may ask for with Retry-After.
	longestPause = time.Hour
)

// WebhookConfig is what a Webhook needs to know.
type WebhookConfig struct {
	// File holds the URL of an incoming webhook of Slack or of something that
	// takes the same. It is read for every message: a Secret may be renewed.
	File string
	// Deployment is its name, for people.
	Deployment string
	// Runs is the URL of the page with all runs; that of a run is below it.
	// Empty: messages have no link.
	Runs string
	// StateFile remembers what was told, across restarts. Empty: nothing does.
	StateFile string
	// CAFile names a PEM file of authorities to trust besides the system's.
	CAFile string
}

// Webhook tells people in a chat when the deployment turned red, and when it is
// green again. In between it says nothing, whatever checks join the red ones or
// leave them: the page of the runs has that. A run that is incomplete is red
// with words of its own; if checks fail when they can be run at last, that is one
// message more. A run of picked checks, or one that was stopped, turns nothing: it
// says nothing of the others.
//
// A message that cannot be delivered is tried again for as long as it is true,
// also by the next process: what a later run finds takes its place. Nothing is
// told twice, but where the answer to a message was lost: nobody knows then
// whether it arrived, and what is true is told again.
type Webhook struct {
	cfg   WebhookConfig
	log   *slog.Logger
	post  *poster
	wake  chan struct{}
	pause func(context.Context, time.Duration)
	// disk is asked by Deliver alone.
	disk disk

	mu     sync.Mutex
	newest *Run
	told   told
	// unsaved: the file does not say what was told.
	unsaved bool
	// forgot: the file with what was told is damaged.
	forgot bool
}

// NewWebhook makes a Webhook. Messages leave when Deliver runs. The error never
// holds what is in the file with the URL.
func NewWebhook(cfg WebhookConfig, log *slog.Logger) (*Webhook, error) {
	if _, err := readURL(cfg.File); err != nil {
		return nil, err
	}
	post, err := newPoster(cfg.CAFile)
	if err != nil {
		return nil, err
	}
	w := &Webhook{cfg: cfg, log: log, post: post, wake: make(chan struct{}, 1), pause: sleep}
	if w.told, err = readTold(cfg.StateFile); err != nil {
		log.Warn("what the webhook was told cannot be read: the last run that was kept is taken for told", "error", err)
		w.forgot = true
	}
	return w, nil
}

// Resume implements Resumer: it takes up where the process before ended. What
// that could not tell any more, such as its first red run, is told now.
func (w *Webhook) Resume(newestFirst iter.Seq[Run]) {
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
	if w.forgot {
		w.told = told{Verdict: last.Report.Verdict, Run: last.ID}
	}
	// A store that lost its last runs tells of a state that has passed.
	if last.ID >= w.told.Run {
		w.newest = last
	}
}

// whole tells a run that says something of the deployment as a whole.
func (r *Run) whole() bool { return r.Report != nil && r.Pattern == "" && r.Stopped == "" }

func (r *Run) red() bool { return r.Report.Verdict != verdict.Pass }

// Observe implements Observer.
func (w *Webhook) Observe(run Run) {
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

// pending is the run to tell of, nil if there is nothing to tell.
func (w *Webhook) pending() *Run {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.newest == nil || w.told.knows(w.newest) {
		return nil
	}
	return w.newest
}

// Deliver sends what there is to tell, one message at a time, until ctx ends.
// A message that is on its way then is still waited for: to cut it off would
// mean to send it again after the restart.
func (w *Webhook) Deliver(ctx context.Context) {
	defer w.catchUp()
	failures := 0
	for ctx.Err() == nil {
		run := w.pending()
		if run == nil {
			failures = 0
			w.catchUp()
			w.rest(ctx)
			continue
		}
		before := w.begin(run)
		failed := w.post.send(context.WithoutCancel(ctx), w.cfg.File, message(w.cfg, run))
		w.record(run, before, failed)
		if failed == nil {
			w.log.Info("the webhook was told", "run", run.ID, "verdict", run.Report.Verdict)
			failures = 0
			continue
		}
		next := failed.after
		if next == 0 {
			next = min(firstPause<<min(failures, 16), lastPause)
		}
		failures++
		w.log.Warn("the webhook was not told; it is tried again", "run", run.ID, "error", failed.reason, "pause", next.String())
		w.pause(ctx, next)
	}
}

// rest waits for news. A disk that hung may answer again meanwhile.
func (w *Webhook) rest(ctx context.Context) {
	again := time.NewTimer(lastPause)
	defer again.Stop()
	select {
	case <-w.wake:
	case <-again.C:
	case <-ctx.Done():
	}
}

// begin keeps that a message is on its way: a runner that is killed meanwhile
// must not take it for one that never left. It returns what was known before.
func (w *Webhook) begin(run *Run) (before told) {
	w.mu.Lock()
	before = w.told
	w.mu.Unlock()
	now := before
	now.Unsure, now.Run = true, run.ID
	_ = w.keep(now) // record says it
	return before
}

// record keeps what the receiver knows after a try.
func (w *Webhook) record(run *Run, before told, failed *failure) {
	now := before
	switch {
	case failed == nil:
		now = told{Verdict: run.Report.Verdict, Run: run.ID}
	case failed.unsure:
		now.Unsure, now.Run = true, run.ID
	}
	if err := w.keep(now); err != nil {
		w.log.Warn("what the webhook was told cannot be kept: after a restart it may be told again", "error", err)
	}
}

// keep keeps what is told now. A disk that hangs keeps neither messages nor runs
// waiting for long: nobody holds the mutex meanwhile.
func (w *Webhook) keep(now told) error {
	err := w.disk.ask(patience, func() error { return now.save(w.cfg.StateFile) })
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told, w.unsaved = now, err != nil
	return err
}

// catchUp keeps what is told if that was not possible before: after a restart a
// file that is older would be believed.
func (w *Webhook) catchUp() {
	w.mu.Lock()
	now, unsaved := w.told, w.unsaved
	w.mu.Unlock()
	if unsaved {
		_ = w.keep(now) // record said it
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

var descUndelivered = describe("webhook_undelivered", "1 while the webhook has to be told something and was not yet.")

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
