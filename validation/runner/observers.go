package runner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/lsst-sqre/muster/muster/daemon"
	"github.com/lsst-sqre/muster/validation/runner/notify"
)

// observers are all observers of a configuration: always the metrics, and a
// webhook and Sentry if there is a file for them.
type observers struct {
	registry *prometheus.Registry
	all      []observer
	webhook  *notify.Webhook
	sentry   *notify.Sentry
}

// newObservers makes the observers. The error names the wrong variable and
// contains no secret.
func newObservers(cfg Config, log *slog.Logger) (*observers, error) {
	metrics := newMetrics(cfg.Interval)
	o := &observers{registry: prometheus.NewRegistry(), all: []observer{metrics}}
	o.registry.MustRegister(metrics, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return o, errors.Join(o.addWebhook(cfg, log), o.addSentry(cfg, log))
}

func (o *observers) addWebhook(cfg Config, log *slog.Logger) (err error) {
	if cfg.WebhookFile == "" {
		return nil
	}
	state := ""
	if cfg.Store != "" {
		state = filepath.Join(cfg.Store, "webhook.json")
	}
	o.webhook, err = notify.NewWebhook(notify.WebhookConfig{
		File: cfg.WebhookFile, Deployment: cfg.Deployment, Runs: runsPage(cfg), StateFile: state, CAFile: cfg.CAFile,
	}, log)
	if err != nil {
		return fmt.Errorf("MUSTER_RUNNER_WEBHOOK_FILE: %w", err)
	}
	o.registry.MustRegister(o.webhook)
	o.all = append(o.all, o.webhook)
	return nil
}

func (o *observers) addSentry(cfg Config, log *slog.Logger) (err error) {
	if cfg.SentryFile == "" {
		return nil
	}
	o.sentry, err = notify.NewSentry(notify.SentryConfig{
		File: cfg.SentryFile, Deployment: cfg.Deployment, Runs: runsPage(cfg), Version: cfg.Version, CAFile: cfg.CAFile,
	}, log)
	if err != nil {
		return fmt.Errorf("MUSTER_RUNNER_SENTRY_DSN_FILE: %w", err)
	}
	o.all = append(o.all, o.sentry)
	return nil
}

// runsPage returns the URL of the page with all runs, or "" if the host is
// unknown.
func runsPage(cfg Config) string {
	if cfg.Host == "" {
		return ""
	}
	return "https://" + cfg.Host + cfg.PathPrefix + "/pages/runs"
}

// metrics answers GET /metrics.
func (o *observers) metrics() http.Handler {
	return promhttp.HandlerFor(o.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: daemon.ReadTimeout})
}

// deliver sends messages until ctx ends, and then waits for pending ones.
func (o *observers) deliver(ctx context.Context) {
	if o.webhook != nil {
		o.webhook.Deliver(ctx)
	}
	<-ctx.Done()
	if o.sentry != nil {
		o.sentry.Close()
	}
}
