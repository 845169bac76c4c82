package message

import (
	"fmt"
	"io"
	"strings"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// Lines is text of several lines that the suite itself composed. Say keeps any
// other text on one line, so that it cannot begin a line.
type Lines string

// Say is the only way out for text. It makes text of the deployment harmless:
// it replaces secrets, escapes control characters, and breaks commands to the
// service that runs this process.
func Say(w io.Writer, format string, args ...any) {
	shown := make([]any, len(args))
	for i, arg := range args {
		switch arg := arg.(type) {
		case Lines:
			shown[i] = string(arg)
		case string:
			shown[i] = gafaelfawr.PrintableLine(gafaelfawr.Redact(arg))
		case error:
			shown[i] = gafaelfawr.PrintableLine(gafaelfawr.Redact(arg.Error()))
		default:
			shown[i] = arg
		}
	}
	_, _ = io.WriteString(w, harmless(fmt.Sprintf(format, shown...)))
}

// harmless returns text of several lines that may be printed.
func harmless(text string) string {
	return gafaelfawr.WithoutCommands(gafaelfawr.Printable(gafaelfawr.Redact(text)))
}

// FirstLine returns the first line of a text, shortened for a summary.
func FirstLine(text string) string {
	line, _, _ := strings.Cut(gafaelfawr.Printable(text), "\n")
	return gafaelfawr.Excerpt(line, 200)
}
