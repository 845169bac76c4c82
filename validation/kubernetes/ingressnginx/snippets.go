package ingressnginx

import (
	"regexp"
	"strings"
)

// directive matches names of nginx's directives that stand in snippets.
var directive = regexp.MustCompile(`^(proxy_[a-z_]+|auth_request(_set)?|more_[a-z_]+|add_header|set|return|rewrite|` +
	`error_page|if|location|limit_except|allow|deny|satisfy|sub_filter\w*|client_[a-z_]+|expires|access_by_lua\w*|` +
	`rewrite_by_lua\w*)$`)

// Defect returns why nginx cannot load a snippet, or "". It knows nginx's syntax but
// not its directives.
func Defect(snippet string) string {
	r := &snippetReader{rest: snippet, lineStart: true}
	for r.next() {
		if r.defect != "" {
			return r.defect
		}
	}
	switch {
	case r.defect != "":
		return r.defect
	case len(r.words) > 0:
		return r.unended()
	case r.depth > 0:
		return "a { has no }"
	}
	return ""
}

// answersAll reports whether a snippet answers every request itself: a return outside of
// any condition.
func answersAll(snippet string) bool {
	r := &snippetReader{rest: snippet, lineStart: true}
	for r.next() && r.defect == "" {
		if r.depth == 0 && len(r.words) == 1 && r.words[0] == "return" {
			return true
		}
	}
	return false
}

// snippetReader reads a snippet token by token.
type snippetReader struct {
	rest   string
	words  []string // of the statement that has no end yet
	depth  int
	defect string
	// lineStart: nothing but blanks precedes on this line.
	lineStart bool
}

func (r *snippetReader) unended() string { return "the line of " + r.words[0] + " does not end in ;" }

// next reads one token, and returns false at the end.
func (r *snippetReader) next() bool {
	if r.rest == "" {
		return false
	}
	c := r.rest[0]
	switch {
	case c == '\n':
		r.lineStart = true
		r.rest = r.rest[1:]
	case strings.IndexByte(" \t\r", c) >= 0:
		r.rest = r.rest[1:]
	case c == '#':
		_, after, _ := strings.Cut(r.rest, "\n")
		r.rest, r.lineStart = after, true
	case c == ';':
		r.words, r.rest, r.lineStart = nil, r.rest[1:], false
	case c == '{':
		r.open()
	case c == '}':
		r.close()
	default:
		r.word()
	}
	return true
}

func (r *snippetReader) open() {
	r.rest, r.lineStart = r.rest[1:], false
	if len(r.words) > 0 && strings.HasSuffix(r.words[0], "_by_lua_block") {
		r.rest = afterBlock(r.rest)
	} else {
		r.depth++
	}
	r.words = nil
}

func (r *snippetReader) close() {
	if len(r.words) > 0 {
		r.defect = r.unended()
	}
	if r.depth--; r.depth < 0 {
		r.defect = "a } closes nothing"
	}
	r.words, r.rest, r.lineStart = nil, r.rest[1:], false
}

// word reads a word or a quoted text.
func (r *snippetReader) word() {
	word, rest, whole := cutWord(r.rest)
	switch {
	case !whole:
		r.defect = "a quotation mark has no second one"
	case r.lineStart && len(r.words) > 0 && directive.MatchString(word):
		r.defect = r.unended()
	}
	r.words, r.rest, r.lineStart = append(r.words, word), rest, false
}

// cutWord cuts a word or a quoted text off. A brace after $ belongs to a variable.
func cutWord(text string) (word, rest string, whole bool) {
	if quote := text[0]; quote == '"' || quote == '\'' {
		for i := 1; i < len(text); i++ {
			switch text[i] {
			case '\\':
				i++
			case quote:
				return text[:i+1], text[i+1:], true
			}
		}
		return text, "", false
	}
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\':
			i++
		case strings.HasPrefix(text[i:], "${"):
			i += max(strings.IndexByte(text[i:], '}'), 1)
		case strings.IndexByte(" \t\r\n;{", text[i]) >= 0:
			return text[:i], text[i:], true
		}
	}
	return text, "", true
}

// afterBlock returns what follows the block of another language that a brace has opened.
func afterBlock(text string) string {
	depth := 1
	for i := range len(text) {
		switch text[i] {
		case '{':
			depth++
		case '}':
			depth--
		}
		if depth == 0 {
			return text[i+1:]
		}
	}
	return ""
}
