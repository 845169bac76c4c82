package gafaelfawr

import (
	"slices"
	"strings"
)

// cut is a part of a text and its replacement.
type cut struct {
	first, last int
	mark        string
}

// replace makes the cuts. They may overlap: one block of base64 may hold the
// end of a token and the beginning of the next.
func replace(text string, cuts []cut) string {
	if cuts == nil {
		return text
	}
	slices.SortFunc(cuts, func(a, b cut) int { return a.first - b.first })
	var b strings.Builder
	kept, last := 0, ""
	for _, c := range cuts {
		if c.first > kept || c.mark != last { // two parts of one token are one
			b.WriteString(text[kept:max(kept, c.first)] + c.mark)
		}
		kept, last = max(kept, c.last), c.mark
	}
	return b.String() + text[kept:]
}

// replaceEach makes the cuts, which are in order and do not overlap.
func replaceEach(text string, cuts []cut) string {
	if cuts == nil {
		return text
	}
	var b strings.Builder
	kept := 0
	for _, c := range cuts {
		b.WriteString(text[kept:c.first] + c.mark)
		kept = c.last
	}
	return b.String() + text[kept:]
}
