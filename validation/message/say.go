package message

import (
	"fmt"
	"io"
	"strings"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// Lines is text of several lines that the suite itself has put together. Any
// other text that Say gets stays one line, so that it cannot begin one.
type Lines string

// Say is the one way out for text. What comes from the deployment has no effect
// but to be read: secrets are replaced, control characters are escaped, and
// nothing is a command to the service that runs this process.
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

// harmless is text of several lines as it may go out.
func harmless(text string) string {
	return gafaelfawr.WithoutCommands(gafaelfawr.Printable(gafaelfawr.Redact(text)))
}

// FirstLine is the first line of a text, of a length that a summary bears.
func FirstLine(text string) string {
	line, _, _ := strings.Cut(gafaelfawr.Printable(text), "\n")
	return gafaelfawr.Excerpt(line, 200)
}
