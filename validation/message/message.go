// Package message has the small forms of text that messages are made of.
package message

import (
	"fmt"
	"strings"
)

// OneLine replaces all white space by single blanks.
func OneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// Few names the first of a list that may be long.
func Few(list []string) string {
	const some = 5
	if len(list) <= some+1 {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s, and %d more", strings.Join(list[:some], ", "), len(list)-some)
}

// Shell returns a text as it stands between double quotes in a shell command. A
// long run of one character becomes a command that prints it.
func Shell(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		run := len(text[i:]) - len(strings.TrimLeft(text[i:], text[i:i+1]))
		switch c := text[i]; {
		case run > 50:
			b.WriteString(ShellRun(c, run))
			i += run - 1
		case c == '\t':
			b.WriteString(`$(printf '\t')`)
		case strings.IndexByte("\"\\$`", c) >= 0:
			b.WriteString(`\` + string(c))
		default:
			b.WriteByte(c)
		}
		i++
	}
	return b.String()
}

// ShellRun is a shell command that prints a character n times.
func ShellRun(c byte, n int) string { return fmt.Sprintf("$(printf '%c%%.0s' $(seq %d))", c, n) }
