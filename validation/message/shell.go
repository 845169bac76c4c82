package message

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

var plainWord = regexp.MustCompile(`\A[A-Za-z0-9_./:=,@%+-]+\z`)

// Quote returns a text as one word of a command for a POSIX shell, which a person
// may also paste into an interactive bash or zsh. Every part of a printed command
// that is not the suite's own goes through it, or through Shell.
func Quote(text string) string {
	switch {
	case plainWord.MatchString(text):
		return text
	case !strings.ContainsRune(text, '\'') && !strings.ContainsFunc(text, isOdd):
		return "'" + text + "'"
	}
	return `"` + Shell(text) + `"`
}

// Shell returns a text for use between double quotes in a shell command. A long
// run of one character becomes a command that prints it, and so does text that
// cannot be printed as it is.
func Shell(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		c := text[i]
		r, size := utf8.DecodeRuneInString(text[i:])
		run := len(text[i:]) - len(strings.TrimLeft(text[i:], text[i:i+1]))
		switch {
		case run > 50 && c > ' ' && c < utf8.RuneSelf:
			b.WriteString(ShellRun(c, run))
			size = run
		case isOdd(r) || r == utf8.RuneError && size == 1:
			size = oddRun(text[i:])
			b.WriteString(octal(text[i : i+size]))
		case c == '!': // history expansion, which no backslash prevents between double quotes
			b.WriteString(`"'!'"`)
		case strings.IndexByte("\"\\$`", c) >= 0:
			b.WriteString(`\` + string(c))
		default:
			b.WriteString(text[i : i+size])
		}
		i += size
	}
	return b.String()
}

// ShellRun returns a shell command that prints a character n times.
func ShellRun(c byte, n int) string {
	return fmt.Sprintf(`$(head -c %d /dev/zero | tr '\0' '%s')`, n, trName(c))
}

// trName returns a character in the notation of tr.
func trName(c byte) string {
	if c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' {
		return string(c)
	}
	return fmt.Sprintf(`\%03o`, c)
}

// isOdd reports whether a character is invisible or affects a terminal.
func isOdd(r rune) bool { return unicode.In(r, unicode.C, unicode.Zl, unicode.Zp) }

// oddRun returns the length of the beginning of a text that a command must
// print. A shell strips trailing line ends from a command's output, so one more
// character is included.
func oddRun(text string) int {
	end := 0
	for end < len(text) {
		r, size := utf8.DecodeRuneInString(text[end:])
		if !isOdd(r) && (r != utf8.RuneError || size > 1) && (end == 0 || text[end-1] != '\n') {
			break
		}
		end += size
	}
	return end
}

func octal(text string) string {
	last := strings.TrimRight(text, "\n")
	var b strings.Builder
	for _, c := range []byte(last) {
		fmt.Fprintf(&b, `\%03o`, c)
	}
	ends := text[len(last):] // where nothing follows them they stay line ends
	if b.Len() == 0 {
		return ends
	}
	return `$(printf '` + b.String() + `')` + ends
}
