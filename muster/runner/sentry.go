package runner

import (
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/getsentry/sentry-go"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/muster/verdict"
)

// sentryTimeout bounds one event, and the wait for the last ones at the end.
const sentryTimeout = 10 * time.Second

// SentryConfig is what a Sentry needs to know.
type SentryConfig struct {
	// File holds the DSN.
	File string
	// Deployment is its name; events have it as their environment.
	Deployment string
	// Runs is as in WebhookConfig.
	Runs string
	// Version of the runner.
	Version string
	// CAFile is as in WebhookConfig.
	CAFile string
}

// Sentry reports each run that is not green as one event. Sentry joins events
// of the same verdict and the same failed checks into one issue. An event that
// cannot be delivered is lost, and logged: the next red run sends another.
type Sentry struct {
	cfg    SentryConfig
	client *sentry.Client
}

// NewSentry makes a Sentry. The error never holds the DSN.
func NewSentry(cfg SentryConfig, log *slog.Logger) (*Sentry, error) {
	dsn, err := readURL(cfg.File)
	if err != nil {
		return nil, err
	}
	transport, err := newTransport(cfg.CAFile)
	if err != nil {
		return nil, err
	}
	client, err := sentry.NewClient(sentry.ClientOptions{
		Dsn:         dsn,
		Environment: cfg.Deployment,
		Release:     "muster@" + cfg.Version,
		ServerName:  "muster",
		// Nothing leaves but what event writes: no modules, no environment.
		Integrations:           func([]sentry.Integration) []sentry.Integration { return nil },
		DisableTelemetryBuffer: true,
		DisableClientReports:   true,
		HTTPClient: &http.Client{
			Transport:     lossReporter{transport, log},
			Timeout:       sentryTimeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	})
	if err != nil {
		return nil, fmt.Errorf("%s does not hold a DSN of Sentry, such as https://KEY@HOST/PROJECT", cfg.File)
	}
	return &Sentry{cfg, client}, nil
}

// Observe implements Observer.
func (s *Sentry) Observe(run Run) {
	if run.whole() && run.red() {
		s.client.CaptureEvent(s.event(&run), nil, nil)
	}
}

// Close waits for events on their way, for some seconds.
func (s *Sentry) Close() {
	s.client.Flush(sentryTimeout)
	s.client.Close()
}

func (s *Sentry) event(run *Run) *sentry.Event {
	r := run.Report
	failed := r.Failures()
	names := make([]string, 0, len(failed))
	found := map[string]any{}
	security := "no"
	for i, c := range failed {
		names = append(names, c.Name)
		if i < namesInMessage {
			found[oneLine(c.Name, longestName)] = oneLine(c.Found(), longestCause)
		}
		if c.Security() {
			security = "yes"
		}
	}
	slices.Sort(names)

	event := sentry.NewEvent()
	event.Level = sentry.LevelError
	what := fmt.Sprintf("%d checks failed", len(names))
	if r.Verdict == verdict.Incomplete {
		event.Level = sentry.LevelWarning
		what = "the validation is incomplete"
	}
	if len(names) > 0 {
		what += ": " + strings.Join(names[:min(len(names), namesInMessage)], ", ")
	}
	event.Message = oneLine(what, longestCause)
	event.Fingerprint = append([]string{"muster", r.Verdict}, names...)
	event.Timestamp = run.Ended
	event.Tags = map[string]string{"verdict": r.Verdict, "trigger": run.Trigger, "security": security}
	about := sentry.Context{"id": run.ID, "counts": r.CountsText()}
	if s.cfg.Runs != "" {
		about["url"] = runURL(s.cfg.Runs, run)
	}
	if explained := slices.Concat(r.Diagnoses, r.Problems); len(explained) > 0 {
		about["diagnosis"] = oneLine(explained[0], longestCause)
	}
	event.Contexts["run"] = about
	if len(found) > 0 {
		event.Contexts["failed checks"] = found
	}
	return event
}

// lossReporter logs what Sentry's own client drops without a word.
type lossReporter struct {
	http.RoundTripper
	log *slog.Logger
}

// RoundTrip implements http.RoundTripper.
func (l lossReporter) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := l.RoundTripper.RoundTrip(r)
	switch {
	case err != nil:
		l.log.Warn("an event for Sentry was lost", "error", gafaelfawr.Redact(err.Error()))
	case answer.StatusCode >= 300:
		l.log.Warn("an event for Sentry was refused", "status", answer.StatusCode)
	}
	return answer, err
}
