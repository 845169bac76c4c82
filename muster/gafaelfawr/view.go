package gafaelfawr

import (
	"bytes"
	"encoding/hex"
	"regexp"
	"slices"
	"strconv"
)

// view is what a reader can make of a text, for example by decoding it. It
// knows from which bytes of the text each of its bytes comes. The view of the
// text itself has no from and no to.
type view struct {
	text     []byte
	from, to []int32
}

func viewOf(text string) view { return view{text: []byte(text)} }

// roomFor returns an empty view with a capacity in bytes.
func roomFor(n int) view { return view{make([]byte, 0, n), make([]int32, 0, n), make([]int32, 0, n)} }

// add appends a byte that comes from bytes first to last of the other view.
func (v *view) add(b byte, of view, first, last int) {
	from, to := of.part(first, last)
	v.text = append(v.text, b)
	v.from, v.to = append(v.from, int32(from)), append(v.to, int32(to)) //nolint:gosec // no text is so long
}

// addAll appends bytes first to last of the other view.
func (v *view) addAll(of view, first, last int) {
	for i := first; i <= last; i++ {
		v.add(of.text[i], of, i, i)
	}
}

// part returns where bytes first to last of the view come from.
func (v view) part(first, last int) (from, to int) {
	if v.from == nil {
		return first, last + 1
	}
	return int(v.from[first]), int(v.to[last])
}

// cut returns a cut of the text from which bytes first to last of the view
// come.
func (v view) cut(first, last int, mark string) cut {
	from, to := v.part(first, last)
	return cut{from, to, mark}
}

// holds reports whether the view has enough characters for a part of a secret,
// because each takes at least one in any encoding.
func (v view) holds() bool {
	n := 0
	for _, b := range v.text {
		if inSecret[b] {
			n++
		}
	}
	return n >= gram
}

// terminalSequence matches a sequence that moves the cursor or sets a colour.
const terminalSequence = `\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])`

var sequenceAt = regexp.MustCompile(`\A` + terminalSequence)

// These bound parts of noise, in bytes: a deep indentation or a window title,
// and a tag.
const (
	longestNoise = 200
	longestTag   = len("</a>") + 40
)

// beginsNoise has the bytes with which noise may begin.
var beginsNoise = func() (is [256]bool) {
	is = charactersOf("<\\=\x7f\xc2\xe2\xef")
	for c := range byte(' ') {
		is[c] = c != '\t'
	}
	return is
}()

func mayHaveNoise(text []byte) bool {
	return slices.ContainsFunc(text, func(c byte) bool { return c != '=' && beginsNoise[c] })
}

// withoutNoise returns the view in which the parts of a token are adjacent.
func (v view) withoutNoise() view {
	count(len(v.text))
	if !mayHaveNoise(v.text) {
		return v
	}
	clean := roomFor(len(v.text))
	for i := 0; i < len(v.text); i++ {
		if n := noiseAt(v.text[i:]); n > 0 {
			i += n - 1
			continue
		}
		clean.add(v.text[i], v, i, i)
	}
	return clean
}

// noiseAt returns the length of noise at the beginning of a text, or 0. Noise
// may be inside a token without hiding it from a reader: line ends, terminal
// sequences, tags, and invisible characters.
func noiseAt(text []byte) int {
	c := text[0]
	if !beginsNoise[c] {
		return 0
	}
	n := 0
	switch rest := text[1:]; {
	case c == '\n':
		n = 1 + indentation(rest)
	case c == '\r', c == '=': // soft line ends of a mail have =
		n = lineEnd(text)
	case c == '\\':
		n = escapedLineEnd(rest)
	case c == '<':
		n = tagAt(text)
	case c == 0x1b:
		n = max(1, len(sequenceAt.Find(text[:min(len(text), longestNoise)])))
	case c == '\v', c == '\f':
	case c < ' ', c == 0x7f:
		n = 1
	default:
		n = unseenAt(text)
	}
	count(n)
	return n
}

// indentation counts the leading blanks and quotation marks of mail.
func indentation(text []byte) int { return len(text) - len(bytes.TrimLeft(text, " \t>|")) }

func lineEnd(text []byte) int {
	for _, end := range []string{"=\r\n", "=\n", "\r\n"} {
		if bytes.HasPrefix(text, []byte(end)) {
			return len(end) + indentation(text[len(end):])
		}
	}
	if text[0] == '\r' {
		return 1
	}
	return 0
}

// escapedLineEnd reads what follows a backslash.
func escapedLineEnd(rest []byte) int {
	for _, end := range []string{`r\n`, `n`} {
		if bytes.HasPrefix(rest, []byte(end)) {
			return 1 + len(end) + indentation(rest[len(end):])
		}
	}
	return 0
}

func tagAt(text []byte) int {
	i := 1
	if i < len(text) && text[i] == '/' {
		i++
	}
	if i == len(text) || text[i]|0x20 < 'a' || text[i]|0x20 > 'z' {
		return 0
	}
	end := bytes.IndexAny(text[i:min(len(text), longestTag)], "<>")
	if end < 0 || text[i+end] != '>' {
		return 0
	}
	return i + end + 1
}

// unseenAt returns the length of a character that has no width, is a soft
// hyphen, or changes the direction of writing.
func unseenAt(text []byte) int {
	switch {
	case bytes.HasPrefix(text, []byte("\u00ad")):
		return 2
	case len(text) < 3:
		return 0
	}
	switch r := string(text[:3]); {
	case r == "\ufeff", r >= "\u200b" && r <= "\u200f", r >= "\u202a" && r <= "\u202e", r >= "\u2060" && r <= "\u2069":
		return 3
	}
	return 0
}

// unescaped returns the view in which every escape is its character; ok reports
// whether there is an escape.
func (v view) unescaped() (plain view, ok bool) {
	if !mayHaveEscape(v.text) {
		return v, false
	}
	kept := 0
	eachEscape(v.text, func(first, next int, code byte) {
		if !ok {
			plain, ok = roomFor(len(v.text)), true
		}
		plain.addAll(v, kept, first-1)
		plain.add(code, v, first, next-1)
		kept = next
	})
	if ok {
		plain.addAll(v, kept, len(v.text)-1)
	}
	return plain, ok
}

// longestNumber is the length of one word of a dump: \x and two bytes.
const longestNumber = len(`\x`) + 4

// betweenWords has the separators of a dump.
var betweenWords = charactersOf(" \t\n\f\r,:;[](){}\"'")

// wordAt returns the next word of a dump from a place on.
func (v view) wordAt(from int) (first, end int) {
	for first = from; first < len(v.text) && betweenWords[v.text[first]]; first++ {
	}
	for end = first; end < len(v.text) && !betweenWords[v.text[end]]; end++ {
	}
	return first, end
}

// mayBeDump reports whether there are enough numbers for a part of a secret.
func (v view) mayBeDump() bool {
	count(len(v.text))
	numbers := 0
	for first, end := v.wordAt(0); first < end; first, end = v.wordAt(end) {
		if end-first <= longestNumber && inHex[v.text[end-1]] {
			numbers++
		}
		if numbers == gram/2 { // a number may have two bytes
			return true
		}
	}
	return false
}

// dumped returns the view of the bytes in a dump with numbers to the base. It
// leaves out offsets and columns of characters.
func (v view) dumped(base int) (plain view) {
	if !v.mayBeDump() {
		return plain
	}
	count(len(v.text))
	for first, end := v.wordAt(0); first < end; {
		nextFirst, nextEnd := v.wordAt(end)
		word := v.text[first:end]
		raw := numbers(word, base)
		switch {
		case len(raw) > 0:
			for _, b := range raw {
				plain.add(b, v, first, end-1)
			}
		case isOffset(word), isOffset(v.text[nextFirst:nextEnd]), word[0] == '|', word[len(word)-1] == '|':
		case len(plain.text) > 0 && plain.text[len(plain.text)-1] != ' ':
			plain.add(' ', v, first, first)
		}
		first, end = nextFirst, nextEnd
	}
	return plain
}

// isOffset reports whether a word may be an offset in a dump.
func isOffset(word []byte) bool { return len(word) >= 6 && len(word) <= 8 && allIn(word, &inHex) }

func allIn(word []byte, among *[256]bool) bool {
	return !slices.ContainsFunc(word, func(c byte) bool { return !among[c] })
}

// numbers returns the bytes of one word of a dump.
func numbers(word []byte, base int) []byte {
	if base == 10 {
		if len(word) > 3 && word[0] != '0' || !allIn(word, &inDecimal) {
			return nil
		}
		if n, err := strconv.ParseUint(string(word), 10, 8); err == nil {
			return []byte{byte(n)}
		}
		return nil
	}
	for _, prefix := range []string{"0x", `\x`} {
		word = bytes.TrimPrefix(word, []byte(prefix))
	}
	if len(word) != 2 && len(word) != 4 || !allIn(word, &inHex) {
		return nil
	}
	raw, _ := hex.AppendDecode(nil, word) // each character is a digit
	return raw
}
