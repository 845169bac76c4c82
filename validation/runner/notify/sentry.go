package notify

import (
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/getsentry/sentry-go"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/runner/history"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// SentryTimeout bounds one event, and the wait for the last ones at the end.
const SentryTimeout = 10 * time.Second

// SentryConfig configures a Sentry.
type SentryConfig struct {
	// File holds the DSN. It is read for every event, because a Secret may be
	// renewed.
	File string
	// Deployment is the deployment's name, the environment of events.
	Deployment string
	// Runs is as in WebhookConfig.
	Runs string
	// Version of the runner.
	Version string
	// CAFile is as in WebhookConfig.
	CAFile string
}

// Sentry reports each run that is not green as one event. Sentry joins
// events of the same verdict and the same failed checks into one issue. An event
// that cannot be delivered is lost, and logged: the next red run sends another.
type Sentry struct {
	cfg       SentryConfig
	log       *slog.Logger
	transport http.RoundTripper

	mu sync.Mutex
	// client sends to dsn.
	client *sentry.Client
	dsn    string
	// renewed are clients of earlier DSNs with pending events.
	renewed sync.WaitGroup
}

// NewSentry makes a Sentry. The error never holds the DSN.
func NewSentry(cfg SentryConfig, log *slog.Logger) (*Sentry, error) {
	transport, err := newTransport(cfg.CAFile)
	if err != nil {
		return nil, err
	}
	s := &Sentry{cfg: cfg, log: log, transport: lossReporter{transport, log}}
	return s, s.renew()
}

// renew uses the DSN that is in the file now.
func (s *Sentry) renew() error {
	dsn, err := readURL(s.cfg.File)
	if err != nil || dsn == s.dsn {
		return err
	}
	client, err := sentry.NewClient(sentry.ClientOptions{
		Dsn:         dsn,
		Environment: s.cfg.Deployment,
		Release:     "muster@" + s.cfg.Version,
		ServerName:  "muster",
		// Only what event writes is sent: no modules, no environment.
		Integrations:           func([]sentry.Integration) []sentry.Integration { return nil },
		DisableTelemetryBuffer: true,
		DisableClientReports:   true,
		HTTPClient: &http.Client{
			Transport:     gafaelfawr.SafeTransport(s.transport, replyLimit),
			Timeout:       SentryTimeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	})
	if err != nil {
		return fmt.Errorf("%s does not hold a DSN of Sentry, such as https://KEY@HOST/PROJECT", s.cfg.File)
	}
	if before := s.client; before != nil {
		s.renewed.Go(func() { finish(before) })
	}
	s.client, s.dsn = client, dsn
	return nil
}

// finish waits some seconds for pending events.
func finish(client *sentry.Client) {
	client.Flush(SentryTimeout)
	client.Close()
}

// Observe implements observer.
func (s *Sentry) Observe(run history.Run) {
	if !run.Whole() || !run.Red() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.renew(); err != nil {
		s.log.Warn("an event for Sentry was lost", "error", err)
		return
	}
	s.client.CaptureEvent(s.event(&run), nil, nil)
}

// Close waits some seconds for pending events.
func (s *Sentry) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	finish(s.client)
	s.renewed.Wait()
}

func (s *Sentry) event(run *history.Run) *sentry.Event {
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
		if c.Security {
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
	if len(r.Diagnoses) > 0 {
		what = strings.TrimRight(r.Diagnoses[0].Titled(), ".") + ". " + what
	}
	event.Message = oneLine(what, longestCause)
	event.Fingerprint = append([]string{"muster", r.Verdict}, names...)
	event.Timestamp = run.Ended
	event.Tags = map[string]string{"verdict": r.Verdict, "trigger": run.Trigger, "security": security}
	about := sentry.Context{"id": run.ID, "counts": r.CountsText()}
	if s.cfg.Runs != "" {
		about["url"] = runURL(s.cfg.Runs, run)
	}
	if explained := r.Explained(); len(explained) > 0 {
		about["diagnosis"] = oneLine(explained[0], longestCause)
	}
	event.Contexts["run"] = about
	if len(found) > 0 {
		event.Contexts["failed checks"] = found
	}
	return event
}

// lossReporter logs events that Sentry's own client drops silently.
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
