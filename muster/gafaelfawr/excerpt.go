package gafaelfawr

import (
	"strings"
	"unicode/utf8"
)

// leftOut marks where a text was cut.
const leftOut = "…"

// window is how many bytes beyond an excerpt are searched for secrets. It is
// longer than the longest encoded token, so a token that the window cuts in two
// is never shown.
const window = 2 << 10

// Excerpt returns the beginning of a text: at most limit characters and a mark.
// It redacts before it cuts, because half a token is not recognized. It
// replaces invalid UTF-8. Its work depends on the limit, not on the length of
// the text.
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

// ExcerptLine is Excerpt with one blank for all white space. It redacts before
// it joins lines, because a token that contains a line end is not recognized
// with a blank instead.
func ExcerptLine(text string, limit int) string {
	return Excerpt(strings.Join(strings.Fields(Excerpt(text, 4*limit)), " "), limit)
}

// withoutEnd drops the last unchanged bytes of a redacted part, because they
// may be the beginning of a token that the part cuts off.
func withoutEnd(redacted, before string) string {
	same := 0
	for same < min(window, len(redacted)) && redacted[len(redacted)-1-same] == before[len(before)-1-same] {
		same++
	}
	return redacted[:len(redacted)-same]
}

// ExcerptEnd returns the end of a text: a mark and at most limit bytes.
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
