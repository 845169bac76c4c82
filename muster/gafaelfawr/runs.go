package gafaelfawr

import (
	"encoding/base64"
	"strings"
)

// counted is set by tests. It gets the number of bytes that each search reads,
// because the work must grow only with the length of a text.
var counted func(bytes int)

func count(bytes int) {
	if counted != nil {
		counted(bytes)
	}
}

var (
	// standardAlphabet converts URL-safe base64 to the standard alphabet.
	standardAlphabet = strings.NewReplacer("-", "+", "_", "/")

	inHex    = charactersOf("0123456789abcdefABCDEF")
	inBase64 = charactersOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-") // of both, and so of hex
	inSecret = charactersOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
)

func charactersOf(all string) (is [256]bool) {
	for _, c := range []byte(all) {
		is[c] = true
	}
	return is
}

// eachRun finds runs of these characters with at least that length. It goes by
// characters, because it runs for every header line of every request.
func eachRun(text string, among *[256]bool, shortest int, found func(start int, run string)) {
	count(len(text))
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

func allBut(these string) [256]bool {
	is := charactersOf(these)
	for i := range is {
		is[i] = !is[i]
	}
	return is
}

func decodeBase64(text string) (string, error) {
	raw, err := base64.RawStdEncoding.DecodeString(standardAlphabet.Replace(strings.TrimRight(text, "=")))
	return string(raw), err
}
