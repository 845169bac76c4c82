package runner

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/lsst-sqre/muster/muster/verdict"
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
	// StateFile remembers what was told, across restarts. Empty: only the last
	// run that was kept does.
	StateFile string
	// CAFile names a PEM file of authorities to trust besides the system's.
	CAFile string
}

// Webhook tells people in a chat when the deployment turned red, and when it is
// green again. In between it says nothing, whatever checks join the red ones or
// leave them: the page of the runs has that. A run that is incomplete is red
// with words of its own. A run of picked checks, or one that was stopped, turns
// nothing: it says nothing of the others.
//
// A message that cannot be delivered is tried again for as long as it is true:
// what a later run finds takes its place. Nothing is told twice, but where the
// answer to a message was lost: nobody knows then whether it arrived.
type Webhook struct {
	cfg   WebhookConfig
	log   *slog.Logger
	post  *poster
	wake  chan struct{}
	pause func(context.Context, time.Duration)

	mu     sync.Mutex
	newest *Run
	told   told
	// resumed: told is what the process before knew.
	resumed bool
}

// told is what the receiver knows.
type told struct {
	// Red: that the deployment is red.
	Red bool `json:"red"`
	// Unsure: it may know of a red that it never acknowledged.
	Unsure bool `json:"unsure,omitempty"`
	// Run is the last that it was told of.
	Run string `json:"run"`
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
	var kept told
	if text, err := os.ReadFile(cfg.StateFile); err == nil && json.Unmarshal(text, &kept) == nil {
		w.told, w.resumed = kept, true
	}
	return w, nil
}

// Resume implements Resumer: it takes up where the process before ended. Where
// only the runs are known, the last of them was told.
func (w *Webhook) Resume(runs []Run) {
	var last *Run
	for i := range runs {
		if runs[i].whole() {
			last = &runs[i]
		}
	}
	if last == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.resumed {
		w.told = told{Red: last.red(), Run: last.ID}
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
	run := w.newest
	switch {
	case run == nil, run.red() && w.told.Red, !run.red() && !w.told.Red && !w.told.Unsure:
		return nil
	}
	return run
}

// Deliver sends what there is to tell, one message at a time, until ctx ends.
// A message that is on its way then is still waited for: to cut it off would
// mean to send it again after the restart.
func (w *Webhook) Deliver(ctx context.Context) {
	failures := 0
	for ctx.Err() == nil {
		run := w.pending()
		if run == nil {
			failures = 0
			select {
			case <-w.wake:
			case <-ctx.Done():
			}
			continue
		}
		failed := w.post.send(context.WithoutCancel(ctx), w.cfg.File, message(w.cfg, run))
		w.record(run, failed)
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

// record keeps what the receiver knows after a try.
func (w *Webhook) record(run *Run, failed *failure) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case failed == nil:
		w.told = told{Red: run.red(), Run: run.ID}
	case failed.unsure && run.red() && !w.told.Unsure:
		w.told.Unsure = true
	default:
		return
	}
	if err := w.save(); err != nil {
		w.log.Warn("what the webhook was told cannot be kept: after a restart it may be told again", "error", err)
	}
}

func (w *Webhook) save() error {
	if w.cfg.StateFile == "" {
		return nil
	}
	text, err := json.Marshal(w.told)
	if err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(w.cfg.StateFile), ".webhook-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temporary.Name()) }() // it is gone if all went well
	if _, err = temporary.Write(text); err == nil {
		err = temporary.Sync()
	}
	if closed := temporary.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Rename(temporary.Name(), w.cfg.StateFile)
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
