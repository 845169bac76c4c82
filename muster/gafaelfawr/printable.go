package gafaelfawr

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Printable escapes characters with an effect: control characters except line
// ends and tabs, and characters that change the direction of writing or are
// invisible. Control characters move a terminal's cursor, and test2json takes
// one for the beginning of a frame. Printable also replaces invalid UTF-8.
func Printable(text string) string {
	if !strings.ContainsFunc(text, isOdd) { // which finds what is not UTF-8, too
		return text
	}
	var b strings.Builder
	for _, r := range strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\r\n", "\n") {
		switch {
		case !isOdd(r), r == utf8.RuneError:
			b.WriteRune(r)
		case r == '\r':
			b.WriteString(`\r`)
		case r < utf8.RuneSelf:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

func isOdd(r rune) bool {
	switch {
	case r == '\n', r == '\t':
		return false
	case r < utf8.RuneSelf:
		return r < ' ' || r == 0x7f
	}
	return r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) || r == 0xFFFE ||
		r == 0xFFFF
}

// PrintableLine is Printable for a text that must stay one line. A space
// replaces line ends and the white space around them.
func PrintableLine(text string) string {
	return Printable(lineEnds.ReplaceAllLiteralString(strings.TrimSpace(text), " "))
}

var lineEnds = regexp.MustCompile(`\s*[\n\r\v\f\x{85}\x{2028}\x{2029}]\s*`)

// workflowCommand matches commands of GitHub's runner in a log that stand between
// colons after any blanks. Others stand in brackets, anywhere.
var workflowCommand = regexp.MustCompile(`(?m)^([\s\p{Z}]*:)(:.*::)`)

// WithoutCommands breaks up commands of GitHub's runner in a log.
func WithoutCommands(text string) string {
	if !strings.Contains(text, "::") && !strings.Contains(text, "##[") {
		return text
	}
	// One kind may stand within the other.
	return workflowCommand.ReplaceAllString(strings.ReplaceAll(text, "##[", "## ["), "$1 $2")
}

var sequences = regexp.MustCompile(terminalSequence)

// WithoutSequences removes sequences that move a terminal's cursor or set
// colours.
func WithoutSequences(text string) string {
	if !strings.ContainsRune(text, '\x1b') {
		return text
	}
	return sequences.ReplaceAllString(text, "")
}
