package gafaelfawr

import (
	"regexp"
	"strings"
)

// A token also leaks in parts: as two members of JSON, as Gafaelfawr itself
// stores it; without its prefix; over several lines; with colours or tags
// inside; or byte by byte in a dump.
var (
	secretMember = regexp.MustCompile(`(?i)(secret\\*["']?\s*[:=]\s*\\*["']?)([A-Za-z0-9_-]{20,64})`)
	// columns matches the rest of a line of a dump.
	columns = regexp.MustCompile(`\A[ \t]{1,60}(?:\|[^|\n]{0,17}\||[!-~]{1,16})`)
)

func redactParts(text string) string {
	if len(text) < 2*partLength {
		return text
	}
	if strings.Contains(text, "ecret") || strings.Contains(text, "ECRET") {
		text = secretMember.ReplaceAllStringFunc(text, func(hit string) string {
			m := secretMember.FindStringSubmatch(hit)
			if !random(m[2]) {
				return hit
			}
			return m[1] + "<" + Fingerprint(m[2]) + ">"
		})
	}
	text = replace(text, bareTokens(text))
	if strings.Contains(text, "67") && strings.Contains(text, "74") {
		text = replace(text, inDump(text, 16))
	}
	if strings.Contains(text, "103") && strings.Contains(text, "116") {
		text = replace(text, inDump(text, 10))
	}
	return text
}

// bareTokens finds key and secret without gt-: 22 characters on each side of a
// dot. The end of the secret may be missing.
func bareTokens(text string) (cuts []cut) {
	count(len(text))
	for at := partLength; at < len(text); at++ {
		if text[at] != '.' {
			continue
		}
		end := at + 1
		for end < len(text) && end <= at+partLength+1 && inSecret[text[end]] {
			end++
		}
		start := at
		for start > 0 && start >= at-partLength && inSecret[text[start-1]] {
			start--
		}
		if at-start == partLength && end-at-1 >= 16 && end-at-1 <= partLength && random(text[start:at]) &&
			random(text[at+1:end]) {
			cuts = append(cuts, cut{start, end, "<" + Fingerprint("gt-"+text[start:end]) + ">"})
		}
	}
	return cuts
}

// random reports whether a word looks drawn instead of written: it has capital
// and small letters, and not only the first letter is capital.
func random(word string) bool {
	upper, lower := 0, 0
	for _, c := range []byte(word) {
		switch {
		case c >= 'A' && c <= 'Z':
			upper++
		case c >= 'a' && c <= 'z':
			lower++
		}
	}
	return upper > 1 && lower > 1
}

// redactJoined replaces tokens whose parts are separated, plain or encoded. It
// runs first, because another pattern may take a part for a whole token and
// leave the rest.
func redactJoined(text string) string {
	if len(text) < 2*partLength || !mayHaveNoise([]byte(text)) {
		return text
	}
	var cuts []cut
	v := viewOf(text).withoutNoise()
	for _, at := range strict.find(v.text) {
		c := v.cut(at[0], at[1]-1, markToken(string(v.text[at[0]:at[1]])))
		if c.last-c.first > at[1]-at[0] {
			for c.last < len(text) && wide.tail[text[c.last]] {
				c.last++
			}
			cuts = append(cuts, c)
		}
	}
	// One that is separated may take the beginning of another with it: then both
	// are replaced at once.
	var whole []cut
	separated := false
	for _, c := range runCuts(string(v.text)) {
		parts := v.cut(c.first, c.last-1, c.mark)
		whole = append(whole, parts)
		separated = separated || parts.last-parts.first > c.last-c.first
	}
	if separated {
		cuts = append(cuts, whole...)
	}
	return replace(text, cuts)
}

// inDump finds tokens in a dump of bytes.
func inDump(text string, base int) (cuts []cut) {
	v := viewOf(text).dumped(base)
	for _, at := range wide.find(v.text) {
		c := v.cut(at[0], at[1]-1, markEncoded(v.text[at[0]:at[1]]))
		if base == 16 {
			c.last += len(columns.FindString(text[c.last:]))
		}
		cuts = append(cuts, c)
	}
	return cuts
}
