package muster

import (
	"io"
	"log/slog"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// NewLogger makes the logger that cfg asks for: JSON lines in the profile
// production, with the member names that Google's and Phalanx's log viewers
// know, text otherwise. Whatever could be a secret of Gafaelfawr is replaced
// by its fingerprint.
func NewLogger(cfg Config, w io.Writer) *slog.Logger {
	cfg = cfg.withDefaults()
	level, _ := logLevel(cfg.LogLevel) // an unknown name gives INFO here, and an error in New
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: redactAttr}
	var handler slog.Handler
	if cfg.LogProfile == "development" {
		handler = slog.NewTextHandler(w, options)
	} else {
		options.ReplaceAttr = func(groups []string, a slog.Attr) slog.Attr {
			return renameAttr(groups, redactAttr(groups, a))
		}
		handler = slog.NewJSONHandler(w, options)
	}
	return slog.New(handler)
}

func renameAttr(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 {
		switch a.Key {
		case slog.LevelKey:
			a.Key = "severity"
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
