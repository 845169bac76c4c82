package muster

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/programs"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

type worded struct{ text string }

func (w worded) String() string { return w.text }

// Both handlers of the profile production write the same: the flat one is a
// shorter way to the same line.
func TestFlatHandlerWritesAsSlogDoes(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	flat, ok := NewLogger(Config{LogLevel: "DEBUG"}, &out).Handler().(flatHandler)
	require.True(t, ok)
	for name, attrs := range map[string][]slog.Attr{
		"none":    nil,
		"texts":   {slog.String("a", "b"), slog.String("quote", `"\`+"\n\x00\u2028é\xff"), slog.String("html", "<a&b>"), slog.String("empty", "")},
		"numbers": {slog.Int("n", -5), slog.Int64("m", 1<<62)},
		"secret":  {slog.String("token", callerToken), slog.String("in text", "a "+callerToken+" b")},
	} {
		t.Run(name, func(t *testing.T) {
			for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError, 2} {
				record := slog.NewRecord(time.Now(), level, "message with "+callerToken, 0)
				record.AddAttrs(attrs...)
				out.Reset()
				require.NoError(t, flat.Handle(t.Context(), record))
				short := out.String()
				out.Reset()
				require.NoError(t, flat.Handler.Handle(t.Context(), record))
				assert.JSONEq(t, out.String(), short)
				assert.NotContains(t, short, secretPart)
			}
		})
	}
}

func TestLogProfiles(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := NewLogger(Config{}, &out)
	log.With("with", callerToken).WithGroup("g").Info("said", "token", callerToken, "error", errors.New("of "+callerToken), "any", worded{callerToken},
		"list", []string{callerToken}, slog.Group("inner", "x", callerToken), "n", 1.5)
	var got map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &got), out.String())
	shown := "gt-<" + gafaelfawr.Fingerprint(callerToken) + ">"
	assert.Equal(t, "INFO", got["severity"])
	assert.Equal(t, "said", got["message"])
	assert.Equal(t, shown, got["with"])
	assert.Equal(t, map[string]any{"token": shown, "error": "of " + shown, "any": shown, "list": "[" + shown + "]", "inner": map[string]any{"x": shown}, "n": 1.5}, got["g"])

	out.Reset()
	NewLogger(Config{LogProfile: "development"}, &out).Info("said "+callerToken, "token", callerToken, "any", worded{callerToken})
	assert.Contains(t, out.String(), `level=INFO msg="said `+shown+`"`)
	assert.NotContains(t, out.String(), secretPart)
}

func TestLogLevels(t *testing.T) {
	t.Parallel()
	for level, want := range map[string]int{"DEBUG": 4, "info": 3, "WARNING": 2, "warn": 2, "ERROR": 1, "CRITICAL": 1} {
		var out bytes.Buffer
		log := NewLogger(Config{LogLevel: level}, &out)
		log.Debug("a")
		log.Info("b")
		log.Warn("c")
		log.Error("d")
		assert.Equal(t, want, bytes.Count(out.Bytes(), []byte("\n")), level)
	}
}

func TestLogBuffer(t *testing.T) {
	t.Parallel()
	out := new(programs.Output)
	buffer := NewLogBuffer(out)
	log := NewLogger(Config{}, buffer)
	log.Info("first")
	log.Info("second")
	log.Error("third", "error", errors.New("x"))
	assert.Regexp(t, `(?s)^[^\n]*first[^\n]*\n[^\n]*second[^\n]*\n[^\n]*third[^\n]*\n$`, out.String(), "an error takes everything before it along")
	log.Warn("fourth")
	assert.Contains(t, out.String(), "fourth")
	log.Info("fifth")
	eventually(t, func() bool { return bytes.Contains([]byte(out.String()), []byte("fifth")) }, "a line is written without being asked for")
	log.Info("sixth")
	require.NoError(t, buffer.Flush())
	assert.Contains(t, out.String(), "sixth")
	for i := range 1000 {
		log.Info(fmt.Sprintf("line %d", i))
	}
	require.NoError(t, buffer.Flush())
	assert.Equal(t, 1006, bytes.Count([]byte(out.String()), []byte("\n")), "much is written, and nothing twice or never")
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestLogBufferTellsOfAnError(t *testing.T) {
	t.Parallel()
	buffer := NewLogBuffer(failingWriter{})
	_, err := buffer.Write([]byte("x\n"))
	require.NoError(t, err)
	assert.ErrorIs(t, buffer.Flush(), io.ErrClosedPipe)
	_, err = buffer.Write(make([]byte, logSpace))
	require.NoError(t, err)
	_, err = buffer.Write([]byte("x"))
	assert.ErrorIs(t, err, io.ErrClosedPipe)
}
