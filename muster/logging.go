package muster

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// NewLogger makes the logger that cfg asks for: JSON lines in the profile
// production, with the member names that Google's and Phalanx's log viewers
// know, text otherwise. Whatever could be a secret of Gafaelfawr is replaced
// by its fingerprint.
func NewLogger(cfg Config, w io.Writer) *slog.Logger {
	cfg = cfg.withDefaults()
	level, _ := logLevel(cfg.LogLevel) // an unknown name gives INFO here, and an error in New
	if cfg.LogProfile == "development" {
		return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: redactAttr}))
	}
	lines := &lineWriter{w: w}
	return slog.New(flatHandler{slog.NewJSONHandler(lines, &slog.HandlerOptions{Level: level, ReplaceAttr: productionAttr}), lines})
}

func productionAttr(groups []string, a slog.Attr) slog.Attr {
	a = redactAttr(groups, a)
	if len(groups) == 0 {
		switch a.Key {
		case slog.LevelKey:
			return slog.String("severity", a.Value.String())
		case slog.MessageKey:
			a.Key = "message"
		}
	}
	return a
}

// redactAttr is the last gate before the log. It must see text: values that
// print themselves are turned into it.
func redactAttr(_ []string, a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindString:
		a.Value = slog.StringValue(gafaelfawr.Redact(a.Value.String()))
	case slog.KindAny:
		if _, isLevel := a.Value.Any().(slog.Level); !isLevel {
			a.Value = slog.StringValue(gafaelfawr.Redact(a.Value.String()))
		}
	}
	return a
}

// LogBuffer gathers log lines for a moment, so that not every request waits for
// a system call. What it gathered is written when it is a tenth of a second
// old, when there is much, and before a warning or an error is logged.
type LogBuffer struct {
	mu      sync.Mutex
	w       io.Writer
	lines   []byte
	waiting bool
}

const (
	logDelay = 100 * time.Millisecond
	logSpace = 32 << 10 // bytes
)

// NewLogBuffer makes a buffer in front of w. Flush it at the end.
func NewLogBuffer(w io.Writer) *LogBuffer {
	return &LogBuffer{w: w, lines: make([]byte, 0, logSpace)}
}

// Write takes one line.
func (l *LogBuffer) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.lines)+len(line) > logSpace {
		if err := l.flush(); err != nil {
			return 0, err
		}
	}
	l.lines = append(l.lines, line...)
	if !l.waiting {
		l.waiting = true
		time.AfterFunc(logDelay, func() { _ = l.Flush() }) // the next write tells of an error
	}
	return len(line), nil
}

// Flush writes what was gathered.
func (l *LogBuffer) Flush() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting = false
	return l.flush()
}

func (l *LogBuffer) flush() error {
	_, err := l.w.Write(l.lines)
	l.lines = l.lines[:0]
	return err
}

// lineWriter writes one line at a time, for two handlers.
type lineWriter struct {
	mu   sync.Mutex
	w    io.Writer
	line []byte
}

// Write implements io.Writer.
func (l *lineWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// flatHandler writes by itself what the access line consists of, records of
// texts and whole numbers, and leaves everything else to slog. slog's handler
// gives the same line, but with renamed and redacted members it takes as long
// for it as the server for the whole answer.
type flatHandler struct {
	slog.Handler
	lines *lineWriter
}

// Handle implements slog.Handler.
func (h flatHandler) Handle(ctx context.Context, r slog.Record) error {
	attrs := make([]slog.Attr, 0, r.NumAttrs())
	r.Attrs(func(a slog.Attr) bool {
		attrs = append(attrs, a)
		return true
	})
	written, err := h.writeFlat(r.Time, r.Level, r.Message, attrs)
	if !written {
		err = h.Handler.Handle(ctx, r)
	}
	return errors.Join(err, h.lines.urge(r.Level))
}

// writeFlat writes a record if it is flat.
func (h flatHandler) writeFlat(at time.Time, level slog.Level, message string, attrs []slog.Attr) (written bool, err error) {
	if at.IsZero() {
		return false, nil
	}
	h.lines.mu.Lock()
	defer h.lines.mu.Unlock()
	b := h.lines.line[:0]
	b = append(b, `{"time":"`...)
	b = at.AppendFormat(b, time.RFC3339Nano)
	b = append(b, '"')
	b = appendMember(b, "severity", level.String())
	b = appendMember(b, "message", gafaelfawr.Redact(message))
	for i := range attrs {
		b = append(appendString(append(b, ','), attrs[i].Key), ':')
		switch value := &attrs[i].Value; value.Kind() {
		case slog.KindInt64:
			b = strconv.AppendInt(b, value.Int64(), 10)
		case slog.KindString:
			b = appendString(b, gafaelfawr.Redact(value.String()))
		default:
			return false, nil
		}
	}
	if h.lines.line = b; cap(b) > keptAnswer {
		h.lines.line = nil
	}
	_, err = h.lines.w.Write(append(b, '}', '\n'))
	return true, err
}

// urge writes out what waits in a LogBuffer, if the level asks for it.
func (l *lineWriter) urge(level slog.Level) error {
	if buffer, ok := l.w.(*LogBuffer); ok && level >= slog.LevelWarn {
		return buffer.Flush()
	}
	return nil
}
