package gafaelfawr

import (
	"encoding/base64"
	"encoding/hex"
	"html"
	"regexp"
	"strconv"
	"strings"
)

// A token also leaks where it is not written as it is: in the query of a URL, in
// JSON or HTML that escapes more than it must, in base64 without the word Basic,
// in a dump of bytes. Any escape may stand for any of its characters.
var (
	escapedRun = regexp.MustCompile(`(?:[A-Za-z0-9_.+-]|%[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|&#[0-9]{1,4};|&#[xX][0-9A-Fa-f]{1,4};|&amp;(?:#[xX]?[0-9A-Fa-f]{1,4};)?)+`)
	oneEscape  = regexp.MustCompile(`%[0-9A-Fa-f]{2}|\\u00[0-9A-Fa-f]{2}|\\x[0-9A-Fa-f]{2}`)
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
	if strings.ContainsAny(text, `%\&`) {
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
		plain = unescape(plain)
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
		code, err := strconv.ParseUint(hit[len(hit)-2:], 16, 8)
		if err != nil {
			return hit
		}
		return string(rune(code))
	})
}

// inBase64 tells the characters of both alphabets of base64, and so of hex.
var inBase64 = func() (is [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-") {
		is[c] = true
	}
	return is
}()

// redactRuns replaces tokens in what could be base64 or hex. It goes through the
// text by characters, because every header line of every request is asked.
func redactRuns(text string) string {
	if len(text) < shortestEncoded {
		return text
	}
	var b strings.Builder
	kept := 0
	for start := 0; start < len(text); {
		end := start
		for end < len(text) && inBase64[text[end]] {
			end++
		}
		if end-start >= shortestEncoded {
			if cut := redactRun(text[start:end]); cut != text[start:end] {
				b.WriteString(text[kept:start] + cut)
				kept = end
			}
		}
		start = end + 1
	}
	if kept == 0 {
		return text
	}
	return b.String() + text[kept:]
}

// redactRun cuts the first token out of the run, and then those behind it.
// Nobody knows where what was encoded begins: each alignment is tried.
func redactRun(run string) string {
	for _, e := range []struct {
		decode      func(string) []byte
		size, bytes int // so many characters are so many bytes
	}{{decodeBlocks, 4, 3}, {decodeHex, 2, 1}} {
		for from := range e.size {
			plain := e.decode(run[min(from, len(run)):])
			at := tokenInText.FindIndex(plain)
			if at == nil {
				continue
			}
			token := markToken(string(plain[at[0]:at[1]]))
			first := from + at[0]/e.bytes*e.size
			last := min(len(run), from+(at[1]+e.bytes-1)/e.bytes*e.size)
			return run[:first] + strings.TrimPrefix(token, "gt-") + redactRuns(run[last:])
		}
	}
	return run
}

func decodeBlocks(text string) []byte {
	text = strings.NewReplacer("-", "+", "_", "/").Replace(text)
	// A block that is cut short still has the end of what was encoded.
	if len(text)%4 == 1 {
		text = text[:len(text)-1]
	}
	plain, _ := base64.RawStdEncoding.DecodeString(text) // what could be decoded is what counts
	return plain
}

func decodeHex(text string) []byte {
	plain, _ := hex.DecodeString(text) // what could be decoded is what counts
	return plain
}
