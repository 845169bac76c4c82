package daemon

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

const (
	callerToken = "gt-AAAAAAAAAAAAAAAAAAAAAA.BBBBBBBBBBBBBBBBBBBBBB"
	secretPart  = "BBBBBBBBBBBBBBBBBBBBBB"
)

type worded struct{ text string }

func (w worded) String() string { return w.text }

func TestLogProfiles(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := NewLogger(&out, "", "production")
	log.With("with", callerToken).WithGroup("g").Info("said", "token", callerToken,
		"error", errors.New("of "+callerToken), "any", worded{callerToken}, "list", []string{callerToken},
		slog.Group("inner", "x", callerToken), "n", 1.5)
	var got map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &got), out.String())
	shown := "gt-<" + gafaelfawr.Fingerprint(callerToken) + ">"
	assert.Equal(t, "INFO", got["severity"])
	assert.Equal(t, "said", got["message"])
	assert.Equal(t, shown, got["with"])
	assert.Equal(t, map[string]any{"token": shown, "error": "of " + shown, "any": shown, "list": "[" + shown + "]",
		"inner": map[string]any{"x": shown}, "n": 1.5}, got["g"])

	out.Reset()
	NewLogger(&out, "INFO", "development").Info("said "+callerToken, "token", callerToken, "any", worded{callerToken})
	assert.Contains(t, out.String(), `level=INFO msg="said `+shown+`"`)
	assert.NotContains(t, out.String(), secretPart)
}

func TestLogLevels(t *testing.T) {
	t.Parallel()
	for level, want := range map[string]int{"DEBUG": 4, "info": 3, "WARNING": 2, "warn": 2, "ERROR": 1, "CRITICAL": 1} {
		var out bytes.Buffer
		log := NewLogger(&out, level, "production")
		log.Debug("a")
		log.Info("b")
		log.Warn("c")
		log.Error("d")
		assert.Equal(t, want, bytes.Count(out.Bytes(), []byte("\n")), level)
	}
}
