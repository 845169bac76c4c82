package runner

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/programs"
	"github.com/lsst-sqre/muster/validation/runner/notify/notifytest"
)

// No answer may be cached or sniffed, except assets, whose paths change with
// their content.
func TestAnswersAreNotKept(t *testing.T) {
	t.Parallel()
	s := start(t, child(t, "pass"), nil)
	for path, want := range map[string]string{
		"": "no-store", "/pages": "no-store", "/runs": "no-store", "/runs/nothing": "no-store", "/pages/runs": "no-store",
		"/pages/runs/nothing": "no-store", "/run": "no-store",
		"/pages/style.css": "public, max-age=3600", "/pages/icon.svg": "public, max-age=3600",
	} {
		answer, _ := s.ask(http.MethodGet, path, "")
		assert.Equal(t, []string{want}, answer.Header["Cache-Control"], "%s, %s", path, answer.Status)
		assert.Equal(t, []string{"nosniff"}, answer.Header["X-Content-Type-Options"], "%s, %s", path, answer.Status)
	}
}

// A runner notifies the configured receivers and serves metrics on the internal
// port.
func TestRunnerHasItsOwnObservers(t *testing.T) {
	t.Parallel()
	chat := notifytest.NewReceiver(t)
	broken := filepath.Join(t.TempDir(), "broken")
	require.NoError(t, os.WriteFile(broken, nil, 0o600))
	cfg := child(t, "broken:"+broken)
	cfg.WebhookFile = notifytest.SecretFile(t, chat.URL+notifytest.SecretPath)
	r, err := New(cfg, newTestLog(new(programs.Output)))
	require.NoError(t, err)
	public, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	internal, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Serve(ctx, public, internal) }()
	_, _ = exchangeOnce(t.Context(), t, http.MethodPost, "http://"+public.Addr().String()+"/muster/runner/run", "")
	notifytest.Take(t, chat.News)
	_, metrics := exchangeOnce(t.Context(), t, http.MethodGet, "http://"+internal.Addr().String()+"/metrics", "")
	assert.Contains(t, metrics, "muster_validation_webhook_undelivered ")
	cancel()
	require.NoError(t, <-done)
	assert.Len(t, chat.Texts(), 1)
}
