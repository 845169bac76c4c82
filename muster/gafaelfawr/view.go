package gafaelfawr

import (
	"bytes"
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"
)

// view is what a reader can make of a text, such as what it decodes to, and
// which bytes of the text each of its own bytes comes from. The view of the text
// itself has no from and no to.
type view struct {
	text     []byte
	from, to []int
}

func viewOf(text string) view { return view{text: []byte(text)} }

// add appends a byte that bytes first to last of the other view stand for.
func (v *view) add(b byte, of view, first, last int) {
	from, to := of.part(first, last)
	v.text, v.from, v.to = append(v.text, b), append(v.from, from), append(v.to, to)
}

// part is where bytes first to last of the view come from.
func (v view) part(first, last int) (from, to int) {
	if v.from == nil {
		return first, last + 1
	}
	return v.from[first], v.to[last]
}

// cut is the part of the text that bytes first to last of the view come from.
func (v view) cut(first, last int, mark string) cut {
	from, to := v.part(first, last)
	return cut{from, to, mark}
}

// holds reports whether the view has characters enough for a part of a secret,
// in whatever encoding: each of them takes one at least.
func (v view) holds() bool {
	n := 0
	for _, b := range v.text {
		if inSecret[b] {
			n++
		}
	}
	return n >= gram
}

// noise is what may stand within a token without hiding it from a reader: line
// ends, sequences of a terminal, tags, and characters that are not seen.
var noise = regexp.MustCompile(`\A(?:=?\r?\n[ \t>|]*|\r|\\r\\n[ \t>|]*|\\n[ \t>|]*|` + terminalSequence +
	`|</?[A-Za-z][^<>]{0,40}>|[\x00-\x08\x0e-\x1f\x7f]|\x{ad}|[\x{200b}-\x{200f}` +
	`\x{202a}-\x{202e}\x{2060}-\x{2069}\x{feff}])`)

// terminalSequence moves a cursor, or paints.
const terminalSequence = `\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])`

// beginsNoise reports whether noise may begin with a byte: to search for it by
// the expression alone is slow.
func beginsNoise(c byte) bool {
	return c == '<' || c == '\\' || c == '=' || c < ' ' && c != '\t' || c == 0x7f || c == 0xc2 || c == 0xe2 || c == 0xef
}

func mayHaveNoise(text string) bool {
	for i := range len(text) {
		if c := text[i]; c != '=' && beginsNoise(c) {
			return true
		}
	}
	return false
}

// withoutNoise is the view in which the parts of a token stand together.
func (v view) withoutNoise() view {
	if !mayHaveNoise(string(v.text)) {
		return v
	}
	clean := view{make([]byte, 0, len(v.text)), make([]int, 0, len(v.text)), make([]int, 0, len(v.text))}
	for i := 0; i < len(v.text); i++ {
		if n := noiseAt(v.text[i:]); n > 0 {
			i += n - 1
			continue
		}
		clean.add(v.text[i], v, i, i)
	}
	return clean
}

// noiseAt is the length of the noise with which a text begins.
func noiseAt(text []byte) int {
	switch c := text[0]; {
	case c == '\n': // nearly all of it
		return len(text) - len(bytes.TrimLeft(text[1:], " \t>|"))
	case !beginsNoise(c):
		return 0
	}
	return len(noise.Find(text[:min(len(text), longestNoise)]))
}

// longestNoise in bytes is enough for a deep indentation.
const longestNoise = 200

// escape is one character that is written otherwise.
var escape = regexp.MustCompile(
	`%[0-9A-Fa-f]{2}|=[0-9A-Fa-f]{2}|\\+u[0-9A-Fa-f]{4}|\\+u\{[0-9A-Fa-f]{1,6}\}|\\+x[0-9A-Fa-f]{2}|` +
		`\\0{0,4}[0-9A-Fa-f]{2} |\\+[0-3]?[0-7]{2}|U\+[0-9A-Fa-f]{4} ?|(?:&amp;|&)#(?:0*[0-9]{1,3}|[xX]0*[0-9A-Fa-f]{1,2});?`,
)

var octalEscape = regexp.MustCompile(`\A\\+[0-3]?[0-7]{2}\z`)

// unescaped is the view in which every escape is its character; ok reports
// whether there is one.
func (v view) unescaped() (plain view, ok bool) {
	if !bytes.ContainsAny(v.text, `%=\&+`) { // with one of which each escape begins, or goes on
		return v, false
	}
	kept := 0
	for _, at := range append(escape.FindAllIndex(v.text, -1), []int{len(v.text), len(v.text)}) {
		for i := kept; i < at[0]; i++ {
			plain.add(v.text[i], v, i, i)
		}
		if kept = at[1]; at[0] < at[1] {
			plain.add(escaped(string(v.text[at[0]:at[1]])), v, at[0], at[1]-1)
			ok = true
		}
	}
	return plain, ok
}

// escaped is the character of an escape, of which all that matter have one byte.
func escaped(text string) byte {
	base := 16
	switch digits := strings.TrimLeft(text, `\`); {
	case octalEscape.MatchString(text):
		base = 8
	case strings.Contains(digits, "#") && !strings.ContainsAny(digits, "xX"):
		base = 10
	}
	code, err := strconv.ParseUint(strings.Trim(text, `%=\u{}xU+ &amp;#X`), base, 32)
	if err != nil || code > 0xff {
		return 0
	}
	return byte(code)
}

var (
	byteHex  = regexp.MustCompile(`\A(?:0x|\\x)?((?:[0-9A-Fa-f]{2}){1,2})\z`)
	inOffset = regexp.MustCompile(`\A(?:[0-9A-Fa-f]{6,8})\z`)
)

// longestNumber in characters is one word of a dump: \x and two bytes.
const longestNumber = len(`\x`) + 4

// betweenWords are the separators of a dump.
var betweenWords = charactersOf(" \t\n\f\r,:;[](){}\"'")

// words are where the words of a dump begin and end, and how many of them may be
// numbers.
func (v view) words() (all [][2]int, numbers int) {
	for i := 0; i < len(v.text); i++ {
		start := i
		for i < len(v.text) && !betweenWords[v.text[i]] {
			i++
		}
		if i > start {
			all = append(all, [2]int{start, i})
			if i-start <= longestNumber && inHex[v.text[i-1]] {
				numbers++
			}
		}
	}
	return all, numbers
}

// dumped is the view of what dumps of bytes show, with numbers to that base.
// Offsets and columns of characters are left out.
func (v view) dumped(base int) view {
	var plain view
	words, possible := v.words()
	if possible < gram/2 { // a number may have two bytes
		return plain
	}
	text := func(i int) string {
		if i >= len(words) {
			return ""
		}
		return string(v.text[words[i][0]:words[i][1]])
	}
	for i, at := range words {
		raw := numbers(text(i), base)
		switch {
		case raw != nil:
			for _, b := range raw {
				plain.add(b, v, at[0], at[1]-1)
			}
		case inOffset.MatchString(text(i)),
			inOffset.MatchString(text(i + 1)),
			strings.HasPrefix(text(i), "|"),
			strings.HasSuffix(text(i), "|"):
		case len(plain.text) > 0 && plain.text[len(plain.text)-1] != ' ':
			plain.add(' ', v, at[0], at[0])
		}
	}
	return plain
}

// numbers are the bytes of one word of a dump.
func numbers(text string, base int) []byte {
	if base == 10 {
		if n, err := strconv.ParseUint(text, 10, 8); err == nil {
			return []byte{byte(n)}
		}
		return nil
	}
	if len(text) > longestNumber || !inHex[text[len(text)-1]] {
		return nil
	}
	m := byteHex.FindStringSubmatch(text)
	if m == nil {
		return nil
	}
	raw, _ := hex.DecodeString(m[1]) // each character is a digit
	return raw
}
