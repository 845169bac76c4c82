package runner

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/lsst-sqre/muster/muster/daemon"
)

// observers are all that a configuration asks to be told of runs: the metrics
// always, a webhook and Sentry where there is a file for them.
type observers struct {
	registry *prometheus.Registry
	all      []Observer
	webhook  *Webhook
	sentry   *sentryReporter
}

// newObservers makes them. The error names the variable that is wrong, and has
// no secret.
func newObservers(cfg Config, log *slog.Logger) (*observers, error) {
	metrics := NewMetrics(cfg.Interval)
	o := &observers{registry: prometheus.NewRegistry(), all: []Observer{metrics}}
	o.registry.MustRegister(metrics, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	pages := ""
	if cfg.Host != "" {
		pages = "https://" + cfg.Host + cfg.PathPrefix + "/pages/runs"
	}
	var err error
	if cfg.WebhookFile != "" {
		state := ""
		if cfg.Store != "" {
			state = filepath.Join(cfg.Store, "webhook.json")
		}
		o.webhook, err = NewWebhook(WebhookConfig{
			File: cfg.WebhookFile, Deployment: cfg.Deployment, Runs: pages, StateFile: state, CAFile: cfg.CAFile}, log)
		if err != nil {
			return nil, fmt.Errorf("MUSTER_RUNNER_WEBHOOK_FILE: %w", err)
		}
		o.registry.MustRegister(o.webhook)
		o.all = append(o.all, o.webhook)
	}
	if cfg.SentryFile != "" {
		o.sentry, err = newSentryReporter(sentryConfig{
			file: cfg.SentryFile, deployment: cfg.Deployment, runs: pages, version: cfg.Version, caFile: cfg.CAFile}, log)
		if err != nil {
			return nil, fmt.Errorf("MUSTER_RUNNER_SENTRY_DSN_FILE: %w", err)
		}
		o.all = append(o.all, o.sentry)
	}
	return o, nil
}

// metrics answers GET /metrics.
func (o *observers) metrics() http.Handler {
	return promhttp.HandlerFor(o.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: daemon.ReadTimeout})
}

// deliver sends what there is to send until ctx ends, and then what is already
// on its way.
func (o *observers) deliver(ctx context.Context) {
	if o.webhook != nil {
		o.webhook.Deliver(ctx)
	}
	<-ctx.Done()
	if o.sentry != nil {
		o.sentry.close()
	}
}
