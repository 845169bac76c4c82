package runbook

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// piece matches what stays on one line: a command in backticks, or a word.
var piece = regexp.MustCompile("(?:`[^`]*`|[^\\s`])+")

// Folded wraps a section for a terminal. It fills paragraphs and list items
// again; tables and code blocks stay. A command that is longer than a line
// stays whole.
func Folded(section string, width int) string {
	var lines []string
	var words, margin string
	flush := func() {
		if words != "" {
			lines = append(lines, fill(words, margin, width)...)
		}
		words, margin = "", ""
	}
	fenced := false
	for line := range strings.SplitSeq(section, "\n") {
		fence := strings.HasPrefix(line, "```")
		switch {
		case fence || fenced || line == "" || strings.HasPrefix(line, "|") || strings.HasPrefix(line, "#"):
			flush()
			lines = append(lines, line)
		case strings.HasPrefix(line, "- "):
			flush()
			words, margin = line, "  "
		default:
			words += " " + line
		}
		fenced = fenced != fence
	}
	flush()
	return strings.Join(lines, "\n")
}

// fill wraps a text; all lines but the first begin with the margin.
func fill(text, margin string, width int) []string {
	var lines []string
	line := ""
	for _, word := range piece.FindAllString(text, -1) {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line+" "+word) > width:
			lines, line = append(lines, line), margin+word
		default:
			line += " " + word
		}
	}
	return append(lines, line)
}
