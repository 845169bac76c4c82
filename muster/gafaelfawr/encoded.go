package gafaelfawr

import (
	"encoding/base64"
	"encoding/hex"
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A token also leaks where it is not written as it is: in the query of a URL, in
// JSON or HTML that escapes more than it must, in base64 without the word Basic,
// in a dump of bytes. Any escape may stand for any of its characters.
var (
	escapedRun = regexp.MustCompile(
		`(?:[A-Za-z0-9_.+-]|%[0-9A-Fa-f]{2}|\\+u[0-9A-Fa-f]{4}|\\+u\{[0-9A-Fa-f]{1,6}\}|\\+x[0-9A-Fa-f]{2}|` +
			`\\+[0-3]?[0-7]{2}|=[0-9A-F]{2}|&#0*[0-9]{1,4};?|&#[xX]0*[0-9A-Fa-f]{1,4};?|&amp;(?:#[xX]?[0-9A-Fa-f]{1,8};?)?)+`,
	)
	oneEscape = regexp.MustCompile(
		`%[0-9A-Fa-f]{2}|=[0-9A-F]{2}|\\+u00[0-9A-Fa-f]{2}|\\+u\{0*[0-9A-Fa-f]{2}\}|\\+x[0-9A-Fa-f]{2}|\\+[0-3]?[0-7]{2}`,
	)
)

const (
	// timesEscaped is how often what was escaped may have been escaped again.
	timesEscaped = 3
	// shortestEncoded is how many characters of base64 a token takes at least.
	shortestEncoded = tokenLength * 4 / 3
)

// redactEncoded is Redact for tokens that are encoded.
func redactEncoded(text string) string {
	if len(text) <= tokenLength {
		return text
	}
	if strings.ContainsAny(text, `%\&`) || strings.Contains(text, "=2D") || strings.Contains(text, "=67") {
		text = escapedRun.ReplaceAllStringFunc(text, redactEscaped)
	}
	return redactRuns(text)
}

func redactEscaped(run string) string {
	if len(run) <= tokenLength {
		return run
	}
	plain := run
	for range timesEscaped {
		last := plain
		if plain = unescape(last); plain == last {
			break // nothing is escaped any more
		}
		if hit := tokenInText.FindString(plain); hit != "" {
			return markToken(hit)
		}
		if cut := redactRuns(plain); cut != plain {
			return "<" + Fingerprint(plain) + ">"
		}
	}
	return run
}

func unescape(text string) string {
	return oneEscape.ReplaceAllStringFunc(html.UnescapeString(text), func(hit string) string {
		if octalEscape.MatchString(hit) {
			code, _ := strconv.ParseUint(strings.TrimLeft(hit, `\`), 8, 8) // each character is a digit
			return string(rune(code))
		}
		digits := strings.TrimSuffix(hit, "}")
		code, err := strconv.ParseUint(digits[len(digits)-2:], 16, 8)
		if err != nil {
			return hit
		}
		return string(rune(code))
	})
}

// cut is a part of a text, and the mark that takes its place.
type cut struct {
	first, last int
	mark        string
}

// redactRuns replaces tokens in what could be base64 or hex.
func redactRuns(text string) string { return replace(text, runCuts(text)) }

func runCuts(text string) (cuts []cut) {
	if len(text) < shortestEncoded {
		return nil
	}
	eachRun(text, &inBase64, shortestEncoded, func(start int, run string) {
		cuts = appendBase64(cuts, start, run)
		eachRun(run, &inHex, 2*tokenLength, func(within int, digits string) { cuts = appendHex(cuts, start+within, digits) })
	})
	return cuts
}

// replace carries the cuts out, which may overlap: one block of base64 may have
// the end of a token and the beginning of the next.
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

// Where the encoding begins in a run is unknown: each alignment is decoded,
// once and as a whole, since any caller may send a run that is full of tokens.

func appendBase64(cuts []cut, start int, run string) []cut {
	run = standardAlphabet.Replace(run)
	for from := range 4 {
		blocks := run[from:]
		if len(blocks)%4 == 1 { // a block that is cut short has the end of what was encoded, a single character has nothing
			blocks = blocks[:len(blocks)-1]
		}
		plain, _ := base64.RawStdEncoding.DecodeString(blocks) // each character is one of base64
		for _, at := range tokenInText.FindAllIndex(plain, -1) {
			cuts = append(
				cuts,
				cut{start + from + at[0]/3*4, start + min(len(run), from+(at[1]+2)/3*4), markEncoded(plain[at[0]:at[1]])},
			)
		}
	}
	return cuts
}

func appendHex(cuts []cut, start int, run string) []cut {
	for from := range 2 {
		digits := run[from:]
		plain, _ := hex.DecodeString(digits[:len(digits)/2*2]) // each character is a digit
		for _, at := range tokenInText.FindAllIndex(plain, -1) {
			cuts = append(cuts, cut{start + from + 2*at[0], start + from + 2*at[1], markEncoded(plain[at[0]:at[1]])})
		}
	}
	return cuts
}

// markEncoded has no gt- in front: what it replaces has none to be seen.
func markEncoded(hit []byte) string { return strings.TrimPrefix(markToken(string(hit)), "gt-") }

var (
	// standardAlphabet makes one alphabet of base64 of the two.
	standardAlphabet = strings.NewReplacer("-", "+", "_", "/")

	inHex    = charactersOf("0123456789abcdefABCDEF")
	inBase64 = charactersOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-") // of both, and so of hex
)

func charactersOf(all string) (is [256]bool) {
	for _, c := range []byte(all) {
		is[c] = true
	}
	return is
}

// eachRun finds where the text has so many of these characters or more. It goes
// by characters, because every header line of every request is asked.
func eachRun(text string, among *[256]bool, shortest int, found func(start int, run string)) {
	for start := 0; start < len(text); {
		end := start
		for end < len(text) && among[text[end]] {
			end++
		}
		if end-start >= shortest {
			found(start, text[start:end])
		}
		start = end + 1
	}
}
