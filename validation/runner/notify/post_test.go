package notify

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/validation/runner/history/historytest"
	"github.com/lsst-sqre/muster/validation/runner/notify/notifytest"
)

func TestRenewedSecretIsUsed(t *testing.T) {
	t.Parallel()
	r := notifytest.NewReceiver(t)
	w := tell(t, r, "")
	w.stop()
	good := w.cfg.File
	w.cfg.File = filepath.Join(t.TempDir(), "url")
	w.pause = func(context.Context, time.Duration) {
		text, err := os.ReadFile(good)
		if assert.NoError(t, err) {
			assert.NoError(t, os.WriteFile(w.cfg.File, text, 0o600))
		}
	}
	w.start()
	w.observe(historytest.Red("1", "TestA"))
	assert.Len(t, r.Texts(), 1)
}

func TestURLIsNeverShown(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "hooks.example.org" + notifytest.SecretPath, "ftp://h" + notifytest.SecretPath,
		"https://h/s3cr3t\nhttps://h/s3cr3t",
		"https://h/%zz/s3cr3t", "https:///s3cr3t", "s3cr3t: https://h"} {
		_, err := NewWebhook(WebhookConfig{File: notifytest.SecretFile(t, text)}, slog.Default())
		if assert.Error(t, err, "%q", text) {
			assert.Contains(t, err.Error(), "does not hold one URL")
			assert.NotContains(t, err.Error(), "s3cr3t")
		}
	}
	_, err := NewWebhook(WebhookConfig{File: filepath.Join(t.TempDir(), "url")}, slog.Default())
	assert.ErrorIs(t, err, os.ErrNotExist)

	post, err := newPoster("")
	require.NoError(t, err)
	for _, host := range []string{"http://127.0.0.1:1", "http://user:s3cr3t@127.0.0.1:1",
		"https://no-such-host.invalid"} {
		failed := post.send(t.Context(), notifytest.SecretFile(t, host+notifytest.SecretPath+"?key=s3cr3t"), "text")
		if assert.NotNil(t, failed) {
			assert.NotEmpty(t, failed.reason)
			assert.NotContains(t, failed.reason, "s3cr3t")
			assert.NotContains(t, failed.reason, "TEAM0")
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]time.Duration{
		"": 0, "0": 0, "-5": 0, "30": 30 * time.Second, "nonsense": 0, "1e9": 0,
		"99999999999999999999":           0,
		"Sun, 01 Mar 2026 12:01:00 GMT":  time.Minute,
		"Sun, 01 Mar 2026 11:00:00 GMT":  0,
		"Mon, 01 Mar 2027 12:00:00 GMT":  lastPause,
		"Sunday, 01-Mar-26 12:00:09 GMT": 9 * time.Second,
	} {
		assert.Equal(t, want, retryAfter(value, historytest.Noon), value)
	}
}
