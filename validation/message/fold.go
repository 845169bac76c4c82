package message

import (
	"strings"
	"unicode/utf8"
)

// Fold breaks a text into lines of fewer than width columns. The first line begins
// with first and each other one with rest. A word that is longer than a line stays
// whole.
func Fold(width int, first, rest, text string) []string {
	var lines []string
	line, empty := first, true
	for word := range strings.FieldsSeq(text) {
		if !empty && utf8.RuneCountInString(line+" "+word) >= width {
			lines, line, empty = append(lines, line), rest, true
		}
		if !empty {
			line += " "
		}
		line, empty = line+word, false
	}
	return append(lines, line)
}
