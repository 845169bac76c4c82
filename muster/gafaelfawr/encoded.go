package gafaelfawr

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// A token also leaks in an encoding: in the query of a URL, in JSON or HTML
// with needless escapes, in base64 without the word Basic, in a dump of bytes.
// An escape may stand for any of its characters.
const (
	// timesEscaped is how often an escaped text may have been escaped again.
	timesEscaped = 3
	// shortestEncoded is the least length of a token in base64.
	shortestEncoded = tokenLength * 4 / 3
)

// redactEncoded is Redact for encoded tokens.
func redactEncoded(text string) string {
	if len(text) <= shortestToken {
		return text
	}
	if strings.ContainsAny(text, `%\&`) || strings.Contains(text, "=2D") || strings.Contains(text, "=67") {
		text = redactEscapes(text)
	}
	return redactRuns(text)
}

func redactEscapes(text string) string {
	var cuts []cut
	eachEscapedRun([]byte(text), func(first, next int) {
		if mark := markEscaped(text[first:next]); mark != "" {
			cuts = append(cuts, cut{first, next, mark})
		}
	})
	return replaceEach(text, cuts)
}

// markEscaped returns the replacement for a word with an escaped token.
func markEscaped(word string) string {
	plain := []byte(word)
	for range timesEscaped {
		last := plain
		if plain = unescaped(last); len(plain) == len(last) {
			return "" // nothing is escaped any more
		}
		if hits := wide.find(plain); len(hits) > 0 {
			return markToken(string(plain[hits[0][0]:hits[0][1]]))
		}
		if runCuts(string(plain)) != nil {
			return "<" + Fingerprint(string(plain)) + ">"
		}
	}
	return ""
}

// redactRuns replaces tokens in possible base64 or hex.
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

// It is unknown where the encoding begins in a run. Each alignment is decoded
// once and as a whole, because any caller may send a run full of tokens.

func appendBase64(cuts []cut, start int, run string) []cut {
	run = standardAlphabet.Replace(run)
	for from := range 4 {
		blocks := run[from:]
		if len(blocks)%4 == 1 { // a block that is cut short has the end of what was encoded, a single character has nothing
			blocks = blocks[:len(blocks)-1]
		}
		plain, _ := base64.RawStdEncoding.DecodeString(blocks) // each character is one of base64
		for _, at := range wide.find(plain) {
			cuts = append(cuts,
				cut{start + from + at[0]/3*4, start + min(len(run), from+(at[1]+2)/3*4), markEncoded(plain[at[0]:at[1]])})
		}
	}
	return cuts
}

func appendHex(cuts []cut, start int, run string) []cut {
	for from := range 2 {
		digits := run[from:]
		plain, _ := hex.DecodeString(digits[:len(digits)/2*2]) // each character is a digit
		for _, at := range wide.find(plain) {
			cuts = append(cuts, cut{start + from + 2*at[0], start + from + 2*at[1], markEncoded(plain[at[0]:at[1]])})
		}
	}
	return cuts
}
