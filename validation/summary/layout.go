package summary

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lsst-sqre/muster/validation/message"
)

// Cut shortens text to a number of columns.
func Cut(text string, columns int) string {
	if utf8.RuneCountInString(text) <= columns {
		return text
	}
	return string([]rune(text)[:max(0, columns-1)]) + "…"
}

// mostLines bounds a text that deserves more than one line.
const mostLines = 5

// plainWidth is the width of long texts that do not go to a terminal.
const plainWidth = 120

// wrapped returns a text that deserves more than one line.
func (t text) wrapped(outcome, words string) []string {
	return t.folded(outcome, "  ", "    ", words)
}

// folded breaks a text into lines that begin with the margins first and rest.
func (t text) folded(outcome, first, rest, words string) []string {
	width := t.o.Width
	if width == 0 {
		width = plainWidth
	}
	lines := message.Fold(width, first, rest, words)
	if len(lines) > mostLines {
		lines = append(lines[:mostLines-1:mostLines-1], strings.Join(lines[mostLines-1:], " "))
	}
	for i, line := range lines {
		lines[i] = t.painted(outcome, t.fit(line))
	}
	return lines
}

// few returns a list of names in one or two lines.
func (t text) few(head string, names []string) []string {
	width := t.o.Width
	if width == 0 {
		width = plainWidth
	}
	const most = 2
	lines := []string{head}
	for i, name := range names {
		last := len(lines) - 1
		if i < len(names)-1 {
			name += ","
		}
		rest := fmt.Sprintf(" and %d more", len(names)-i)
		switch {
		case utf8.RuneCountInString(lines[last]+" "+name+rest) < width:
			lines[last] += " " + name
		case len(lines) < most:
			lines = append(lines, "      "+name)
		default:
			lines[last] = strings.TrimSuffix(lines[last], ",") + rest
			return t.all(lines)
		}
	}
	return t.all(lines)
}

func (t text) all(lines []string) []string {
	for i, line := range lines {
		lines[i] = t.fit(line)
	}
	return lines
}

// height returns how many rows of the screen the lines take.
func (t text) height(lines []string) int {
	rows := len(lines)
	for _, line := range lines {
		if t.o.Width > 0 {
			rows += (utf8.RuneCountInString(line) - 1) / t.o.Width
		}
	}
	return rows
}

// limit returns the part of the blocks that fits into the rows. It shortens the
// last blocks first and then cuts the rest off.
func (t text) limit(blocks []block, rows int) []string {
	height := 0
	for _, b := range blocks {
		height += len(b.full)
	}
	for i, b := range slices.Backward(blocks) {
		if height > rows && len(b.short) > 0 && len(b.short) < len(b.full) {
			height -= len(b.full) - len(b.short)
			blocks[i].full = b.short
		}
	}
	var lines []string
	for _, b := range blocks {
		lines = append(lines, b.full...)
	}
	if len(lines) <= rows {
		return lines
	}
	where := t.o.Details
	if where == "" {
		where = "above"
	}
	more := fmt.Sprintf("  and %d more lines: see %s", len(lines)-rows+1, where)
	return append(lines[:rows-1:rows-1], t.fit(more))
}
