package daemon

import (
	"io"
	"log/slog"
	"strings"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// NewLogger makes the logger of a daemon from the values of MUSTER_LOG_LEVEL and
// MUSTER_LOG_PROFILE: text in the profile development, otherwise JSON lines with
// the member names that Google's and Phalanx's log viewers know. It replaces
// every secret of Gafaelfawr by its fingerprint.
func NewLogger(w io.Writer, level, profile string) *slog.Logger {
	options := &slog.HandlerOptions{Level: logLevels[strings.ToUpper(level)]}
	if profile == "development" {
		options.ReplaceAttr = redactAttr
		return slog.New(slog.NewTextHandler(w, options))
	}
	options.ReplaceAttr = func(groups []string, a slog.Attr) slog.Attr { return renameAttr(groups, redactAttr(groups, a)) }
	return slog.New(slog.NewJSONHandler(w, options))
}

// logLevels has Python's names of levels, because Phalanx's charts use them. An
// unknown name is INFO here, and an error of CheckCommon.
var logLevels = map[string]slog.Level{
	"DEBUG": slog.LevelDebug, "INFO": slog.LevelInfo, "WARNING": slog.LevelWarn, "WARN": slog.LevelWarn,
	"ERROR": slog.LevelError, "CRITICAL": slog.LevelError,
}

func renameAttr(groups []string, a slog.Attr) slog.Attr {
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

func printable(v slog.Value) string { return gafaelfawr.Printable(gafaelfawr.Redact(v.String())) }

// redactAttr turns values that print themselves into text, because only text can
// be redacted.
func redactAttr(_ []string, a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindString:
		a.Value = slog.StringValue(printable(a.Value))
	case slog.KindAny:
		if _, isLevel := a.Value.Any().(slog.Level); !isLevel {
			a.Value = slog.StringValue(printable(a.Value))
		}
	}
	return a
}
