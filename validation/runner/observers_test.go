package runner

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/validation/runner/history/historytest"
	"github.com/lsst-sqre/muster/validation/runner/notify/notifytest"
)

func TestObserversAsConfigured(t *testing.T) {
	t.Parallel()
	chat, sentryTakes := notifytest.NewReceiver(t), notifytest.NewSentryServer(t, 200)
	cfg := Config{
		Host: "example.org", Interval: time.Hour, Store: t.TempDir(), Version: "1",
		WebhookFile: notifytest.SecretFile(t, chat.URL+notifytest.SecretPath),
		SentryFile:  notifytest.SecretFile(t, strings.Replace(sentryTakes.URL, "http://", "http://s3cr3tkey@", 1)+"/42"),
	}
	o, err := newObservers(cfg.withDefaults(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	require.Len(t, o.all, 3)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); o.deliver(ctx) }()
	for _, observer := range o.all {
		observer.Observe(historytest.Red("20260301T120000.000Z", "TestA"))
	}
	notifytest.Take(t, chat.News)
	cancel()
	<-done

	require.Len(t, chat.Texts(), 1)
	assert.Contains(t, chat.Texts()[0], ":red_circle: *example.org:* TestA", "the host is the deployment's name")
	assert.Contains(t, chat.Texts()[0], "<https://example.org/muster/runner/pages/runs/20260301T120000.000Z|")
	require.Len(t, sentryTakes.Events, 1, "what was on its way has arrived")
	assert.Equal(t, "example.org", sentryTakes.Events[0].Environment)
	answer := httptest.NewRecorder()
	o.metrics().ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	for _, name := range []string{"muster_validation_interval_seconds 3600", "muster_validation_webhook_undelivered 0",
		"go_goroutines", "process_start_time_seconds"} {
		assert.Contains(t, answer.Body.String(), name)
	}
	_, err = os.Stat(filepath.Join(cfg.Store, "webhook.json"))
	assert.NoError(t, err, "a restart must know what was told")
}

func TestNobodyIsToldUnasked(t *testing.T) {
	t.Parallel()
	o, err := newObservers(Config{}.withDefaults(), slog.Default())
	require.NoError(t, err)
	assert.Len(t, o.all, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o.deliver(ctx)
}

func TestBadSecretsNameTheirVariable(t *testing.T) {
	t.Parallel()
	_, err := newObservers(Config{WebhookFile: notifytest.SecretFile(t, "s3cr3t")}, slog.Default())
	assert.ErrorContains(t, err, "MUSTER_RUNNER_WEBHOOK_FILE: ")
	assert.NotContains(t, err.Error(), "s3cr3t")
	_, err = newObservers(Config{SentryFile: notifytest.SecretFile(t, "s3cr3t")}, slog.Default())
	assert.ErrorContains(t, err, "MUSTER_RUNNER_SENTRY_DSN_FILE: ")
	_, err = newObservers(
		Config{WebhookFile: notifytest.SecretFile(t, "https://h/s3cr3t"), CAFile: notifytest.SecretFile(t, "no PEM")},
		slog.Default(),
	)
	assert.ErrorContains(t, err, "holds no certificate")
}
