package gafaelfawr

import (
	"strings"
	"unicode/utf8"
)

// leftOut marks where a text was cut.
const leftOut = "…"

// window in bytes is how much more than an excerpt shows is searched for
// secrets: more than the longest encoded token, so that one which the window
// itself cuts in two is never shown.
const window = 2 << 10

// Excerpt is the beginning of a text, at most limit characters and a mark. It
// takes secrets out before it cuts, because half a token is not recognized. It
// replaces what is not UTF-8. Its work depends on the limit and not on the
// length of the text.
func Excerpt(text string, limit int) string {
	whole := min(len(text), utf8.UTFMax*limit+2*window)
	shown := Redact(text[:whole])
	if whole < len(text) {
		shown = withoutEnd(shown, text[:whole])
	}
	shown = strings.ToValidUTF8(shown, "\uFFFD")
	characters := 0
	for at := range shown {
		if characters++; characters > limit {
			return shown[:at] + leftOut
		}
	}
	if whole < len(text) {
		return shown + leftOut
	}
	return shown
}

// ExcerptLine is Excerpt with one blank for all white space. It takes secrets out
// before it joins lines, because a token with a line end inside is not recognized
// with a blank instead.
func ExcerptLine(text string, limit int) string {
	return Excerpt(strings.Join(strings.Fields(Excerpt(text, 4*limit)), " "), limit)
}

// withoutEnd is a redacted part of a text without its last bytes that are as
// they were: a token of which the part has only the beginning may be there.
func withoutEnd(redacted, before string) string {
	same := 0
	for same < min(window, len(redacted)) && redacted[len(redacted)-1-same] == before[len(before)-1-same] {
		same++
	}
	return redacted[:len(redacted)-same]
}

// ExcerptEnd is the end of a text, at most limit bytes behind a mark, as Excerpt
// is the beginning.
func ExcerptEnd(text string, limit int) string {
	from := max(0, len(text)-limit-2*window)
	shown := Redact(text[from:])
	if from > 0 {
		shown = withoutBeginning(shown, text[from:])
	}
	shown = strings.ToValidUTF8(shown, "\uFFFD")
	start := len(shown) - limit
	if start <= 0 && from == 0 {
		return shown
	}
	start = max(start, 0)
	for start < len(shown) && !utf8.RuneStart(shown[start]) {
		start++
	}
	return leftOut + shown[start:]
}

// withoutBeginning is withoutEnd for the other end.
func withoutBeginning(redacted, before string) string {
	same := 0
	for same < min(window, len(redacted)) && redacted[same] == before[same] {
		same++
	}
	return redacted[same:]
}
