package gafaelfawr

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// The regular expressions that the hand-written scanners implement.
var (
	wideExpression   = regexp.MustCompile(`gt-[^.\s"']{22}\.[^\s"'<>]{6,22}[A-Za-z0-9_.+/=-]*`)
	strictExpression = regexp.MustCompile(`gt-[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{6,22}`)
	nextExpression   = regexp.MustCompile(`gt-[A-Za-z0-9_-]{22}[.%=\\U&]`)
	escapeExpression = regexp.MustCompile(
		`%[0-9A-Fa-f]{2}|=[0-9A-Fa-f]{2}|\\+u[0-9A-Fa-f]{4}|\\+u\{[0-9A-Fa-f]{1,6}\}|\\+x[0-9A-Fa-f]{2}|` +
			`\\0{0,4}[0-9A-Fa-f]{2} |\\+[0-3]?[0-7]{2}|U\+[0-9A-Fa-f]{4} ?|` +
			`(?:&amp;|&)#(?:0*[0-9]{1,3}|[xX]0*[0-9A-Fa-f]{1,2});?`)
	noiseExpression = regexp.MustCompile(`\A(?:=?\r?\n[ \t>|]*|\r|\\r\\n[ \t>|]*|\\n[ \t>|]*|` + terminalSequence +
		`|</?[A-Za-z][^<>]{0,40}>|[\x00-\x08\x0e-\x1f\x7f]|\x{ad}|` +
		`[\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2060}-\x{2069}\x{feff}])`)
	numberExpression = regexp.MustCompile(`\A(?:0x)?(?:\\x)?((?:[0-9A-Fa-f]{2}){1,2})\z`)
)

// foundByHand compares the scanners with the expressions.
func foundByHand(t *testing.T, text []byte) {
	t.Helper()
	for f, expression := range map[*form]*regexp.Regexp{&wide: wideExpression, &strict: strictExpression} {
		assert.Equal(t, tokensIn(text, expression), f.find(text), "%q", text)
	}
	var got [][]int
	eachEscape(text, func(first, next int, _ byte) { got = append(got, []int{first, next}) })
	assert.Equal(t, escapeExpression.FindAllIndex(text, -1), got, "escapes in %q", text)
	for at := range text {
		if rest := text[at:]; len(rest) <= 40 { // beyond, an expression counts characters
			assert.Equal(t, len(noiseExpression.Find(rest)), noiseAt(rest), "noise of %q", rest)
		}
	}
	for word := range strings.FieldsSeq(string(text)) {
		var want []byte
		if m := numberExpression.FindStringSubmatch(word); m != nil {
			want, _ = hex.DecodeString(m[1])
		}
		assert.Equal(t, want, numbers([]byte(word), 16), "%q", word)
	}
}

// tokensIn returns the matches of an expression. Each ends where another token
// begins.
func tokensIn(text []byte, expression *regexp.Regexp) (all [][2]int) {
	for at := 0; ; {
		match := expression.FindIndex(text[at:])
		if match == nil {
			return all
		}
		first, end := at+match[0], at+match[1]
		secret := first + bytes.IndexByte(text[first:], '.') + 1
		if next := nextExpression.FindIndex(text[secret:]); next != nil {
			end = min(end, secret+next[0])
		}
		if at = first + 1; end-secret >= shortestSecret {
			all, at = append(all, [2]int{first, end}), end
		}
	}
}

// almost are texts that begin like a match but are none.
var almost = []string{
	"",
	"gt-",
	"gt-" + strings.Repeat("é", 22) + ".\xff23456",
	"gt-" + exampleKey + "." + exampleSecret[:5] + "'",
	"gt-gt-" + exampleToken[3:] + "/=<b>",
	`%`,
	`%2`,
	`%25`,
	`%2g%41`,
	`=4a=4A=g`,
	`\`,
	`\\`,
	`\u`,
	`\\\u0067`,
	`\u{`,
	`\u{67}`,
	`\u{0000067}`,
	`\u{}`,
	`\x6`,
	`\\x67`,
	`\67 `,
	`\\67 `,
	`\000067 `,
	`\0000067 `,
	`\0100067 `,
	`\8`,
	`\12`,
	`\123`,
	`\400`,
	`\\\400`,
	`\u00e9`,
	`\u0`,
	"U+0067 U+006 U+0067",
	"U",
	"&",
	"&#",
	"&#;",
	"&#0",
	"&#000103;",
	"&#1031",
	"&#x",
	"&#x67",
	"&#X0067;",
	"&amp;#103;",
	"&amp;#x6",
	"&amp;",
	"&amp;amp;#103",
	"a\n > b",
	"a=\r\n|b",
	"=\n",
	"\r",
	"\r\n\t",
	`\r\n  x`,
	`\nx`,
	`\rx`,
	"<b>",
	"</b >",
	"<b<i>",
	"<1>",
	"</",
	"<",
	"\x1b[1;31mx",
	"\x1b",
	"\x1b]0;x\x07",
	"\u200b\u2066\u202a\ufeff\u00ad\u2070",
	"\xe2\x80",
	"\xc2",
	"0x67 \\x6774 67 6 677 67745",
	"0x \\x",
	"\v\f\b\x7f",
}

func TestFoundByHand(t *testing.T) {
	t.Parallel()
	for _, one := range almost {
		for _, other := range append(almost, "z", "7", ";", "}", " ") {
			foundByHand(t, []byte(one+other))
		}
	}
}

func FuzzFoundByHand(f *testing.F) {
	for _, seed := range almost {
		f.Add([]byte(seed))
	}
	f.Fuzz(foundByHand)
}

// fills are texts that are costly to search.
func fills() map[string]string {
	token := exampleToken + " "
	percent := escapedAs("%%%02x", token)
	fills := map[string]string{
		"words":               "some words of a log line, ",
		"tokens":              token,
		"lines":               "status 200\n",
		"key and secret":      "secret=",
		"dots":                ".",
		"tags":                "<b>",
		"tag beginnings":      "<a",
		"base64 of base64":    base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte(percent)))),
		"base64 of escapes":   base64.StdEncoding.EncodeToString([]byte(strings.Repeat(percent, 3))),
		"hexdump":             hex.Dump([]byte(token)),
		"decimal":             fmt.Sprintf("%d", []byte(token)),
		"percent":             percent,
		"JSON":                escapedAs(`\\u%04x`, token),
		"colours":             "\x1b[31m",
		"titles":              "\x1b]",
		"backslashes":         `\`,
		"zeros":               "&#0",
		"zeros of CSS":        `\0`,
		"zeros alone":         "0",
		"escaped three times": "%2525gt-",
		"beginnings":          "gt-",
		"cookies":             "gafaelfawr=",
		"Basic":               "basic ",
		"secrets":             `secret"  : `,
		"mixed":               `gt-"%67\u0067&amp;basic `,
		"line ends":           "\n",
		"escaped line ends":   `\n`,
	}
	for _, text := range almost {
		if text != "" {
			fills[fmt.Sprintf("%q", text)] = text
		}
	}
	return fills
}

// mostLooks bounds how often a search reads each byte: as it is, unescaped up to
// three times, decoded twice, each in several ways.
const mostLooks = 100

// The work to search a text grows with its length and not with its square. No
// filling is much more costly than another.
func TestWorkOfRedact(t *testing.T) {
	Remember(NewToken())
	for name, fill := range fills() {
		t.Run(name, func(t *testing.T) {
			const length = 16 << 10
			text := strings.Repeat(fill, 1+4*length/len(fill))
			few, many := work(func() { Redact(text[:length]) }), work(func() { Redact(text[:4*length]) })
			assert.Less(t, many, 5*few+length, "bytes looked at to redact four times as much")
			assert.Less(t, many, mostLooks*4*length)
		})
	}
}

// work returns how many bytes a search reads.
func work(do func()) (bytes int) {
	counted = func(n int) { bytes += n }
	defer func() { counted = nil }()
	do()
	return bytes
}

// The work for an excerpt depends on its window and not on the length of the
// text.
func TestWorkOfExcerpt(t *testing.T) {
	const limit = 160
	for name, fill := range fills() {
		t.Run(name, func(t *testing.T) {
			text := strings.Repeat(fill, 1+(4<<20)/len(fill))
			for _, excerpt := range []func(string, int) string{Excerpt, ExcerptLine, ExcerptEnd} {
				assert.Less(t, work(func() { excerpt(text, limit) }), 2*mostLooks*(4*4*limit+2*window))
			}
		})
	}
}

// Every letter may be escaped, even the letters of an escape.
func TestEveryLetterIsUnescaped(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"%%%02x", "=%02X", `\u%04x`, `\u{%x}`, `\x%02x`, `\%03o`, `\%x `, "U+%04X ",
		"&#%d;", "&#x%02x;", "&amp;#%d"} {
		var all []byte
		for c := range inSecret {
			if inSecret[c] {
				all = append(all, byte(c))
			}
		}
		assert.Equal(t, string(all), string(unescaped([]byte(escapedAs(format, string(all))))), format)
	}
}
