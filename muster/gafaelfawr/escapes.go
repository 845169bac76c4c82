package gafaelfawr

import (
	"bytes"
	"encoding/hex"
)

// Escapes are parsed by hand. A regular expression would take a microsecond for
// each character, and a sender can fill a text with escapes.

// beginsEscape has the characters that begin an escape.
var beginsEscape = charactersOf(`%=\U&`)

// mayHaveEscape reports whether the text may contain an escape.
func mayHaveEscape(text []byte) bool { return bytes.ContainsAny(text, `%=\&+`) }

// escapeAt reads the escape at the beginning of text[at:], which stands for one
// character. Without one, next is where the next escape may begin.
func escapeAt(text []byte, at int) (next int, code byte, ok bool) {
	switch text[at] {
	case '%', '=':
		return escapeOf(text, at, at+1, 2)
	case '\\':
		return backslashEscape(text, at)
	case 'U':
		if at+1 == len(text) || text[at+1] != '+' {
			break
		}
		next, code, ok = escapeOf(text, at, at+2, 4)
		if ok && next < len(text) && text[next] == ' ' {
			next++
		}
		return next, code, ok
	case '&':
		return htmlEscape(text, at)
	}
	return at + 1, 0, false
}

// escapeOf reads an escape that begins at first and ends with count hex digits.
func escapeOf(text []byte, first, digits, count int) (next int, code byte, ok bool) {
	end := digits
	for end < len(text) && end < digits+count && inHex[text[end]] {
		end++
	}
	if end < digits+count {
		return first + 1, 0, false
	}
	return end, hexOf(text[digits:end]), true
}

// backslashEscape reads an escape of JSON, JavaScript, C, a shell or CSS. A
// text that was escaped again has several backslashes.
func backslashEscape(text []byte, at int) (next int, code byte, ok bool) {
	after := at
	for after < len(text) && text[after] == '\\' {
		after++
	}
	if after == at+1 {
		if next, code, ok = cssEscape(text, after); ok {
			return next, code, true
		}
	}
	switch rest := text[after:]; {
	case len(rest) > 1 && rest[0] == 'u' && rest[1] == '{':
		end := after + 2
		for end < len(text) && end < after+8 && inHex[text[end]] {
			end++
		}
		if end > after+2 && end < len(text) && text[end] == '}' {
			return end + 1, hexOf(text[after+2 : end]), true
		}
	case len(rest) > 0 && rest[0] == 'u':
		next, code, ok = escapeOf(text, at, after+1, 4)
	case len(rest) > 0 && rest[0] == 'x':
		next, code, ok = escapeOf(text, at, after+1, 2)
	default:
		next, code, ok = octalEscape(text, after)
	}
	switch {
	case ok:
		return next, code, true
	case after > at+1:
		return after - 1, 0, false // the last backslash alone may be one of CSS
	}
	return after, 0, false
}

// cssEscape reads what follows a backslash: zeros, two hex digits, a blank.
func cssEscape(text []byte, at int) (next int, code byte, ok bool) {
	end := at
	for end < len(text) && end < at+6 && inHex[text[end]] {
		end++
	}
	if end < at+2 || end == len(text) || text[end] != ' ' || len(bytes.Trim(text[at:end-2], "0")) > 0 {
		return 0, 0, false
	}
	return end + 1, hexOf(text[at:end]), true
}

// octalEscape reads what follows a backslash: three octal digits, or two.
func octalEscape(text []byte, at int) (next int, code byte, ok bool) {
	is := func(i int) bool { return i < len(text) && text[i] >= '0' && text[i] <= '7' }
	if !is(at) || !is(at+1) {
		return 0, 0, false
	}
	code = digit(text[at])<<3 | digit(text[at+1])
	if text[at] <= '3' && is(at+2) {
		return at + 3, code<<3 | digit(text[at+2]), true
	}
	return at + 2, code, true
}

// htmlEscape reads a number between &# and ;. The semicolon may be missing. The
// & may itself be escaped.
func htmlEscape(text []byte, at int) (next int, code byte, ok bool) {
	i := at + 1
	if bytes.HasPrefix(text[i:], []byte("amp;")) {
		i += len("amp;")
	}
	if i >= len(text) || text[i] != '#' {
		return at + 1, 0, false
	}
	i++
	most, among, base := 3, &inDecimal, 10
	if i < len(text) && text[i]|0x20 == 'x' {
		most, among, base = 2, &inHex, 16
		i++
	}
	first := i
	for i < len(text) && text[i] == '0' {
		i++
	}
	value, zeros := 0, i
	for i < len(text) && i < zeros+most && among[text[i]] {
		value = value*base + int(digit(text[i]))
		i++
	}
	if i == first {
		return at + 1, 0, false
	}
	if i < len(text) && text[i] == ';' {
		i++
	}
	if value > 0xff {
		value = 0
	}
	return i, byte(value), true
}

// unescaped replaces every escape by its character.
func unescaped(text []byte) []byte {
	var plain []byte
	kept := 0
	eachEscape(text, func(first, next int, code byte) {
		plain = append(append(plain, text[kept:first]...), code)
		kept = next
	})
	if kept == 0 {
		return text
	}
	return append(plain, text[kept:]...)
}

func eachEscape(text []byte, found func(first, next int, code byte)) {
	count(len(text))
	for at := 0; at < len(text); {
		if !beginsEscape[text[at]] {
			at++
			continue
		}
		next, code, ok := escapeAt(text, at)
		if ok {
			found(at, next, code)
		}
		at = next
	}
}

// eachEscapedRun finds words of token characters and escapes.
func eachEscapedRun(text []byte, found func(first, next int)) {
	count(len(text))
	for at := 0; at < len(text); {
		first, escapes := at, false
		for at < len(text) {
			if inWord[text[at]] {
				at++
				continue
			}
			end := escapeInWord(text, at)
			if end == at {
				break
			}
			at, escapes = end, true
		}
		if escapes && at-first > shortestToken {
			found(first, at)
		}
		for at < len(text) && text[at] == '\\' { // none of these begins an escape
			at++
		}
		if at < len(text) && at == first {
			at++
		}
	}
}

// escapeInWord returns where an escape ends that continues a word. A CSS escape
// ends the word. An ampersand that begins no escape belongs to the word.
func escapeInWord(text []byte, at int) int {
	next, _, ok := escapeAt(text, at)
	switch {
	case !ok && bytes.HasPrefix(text[at:], []byte("&amp;")):
		return at + len("&amp;")
	case !ok, text[at] == '=' && bytes.ContainsAny(text[at:next], "abcdef"):
		return at
	case text[next-1] == ' ': // which is not of the word
		return next - 1
	}
	return next
}

var (
	inDecimal = charactersOf("0123456789")
	inWord    = charactersOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.+-")
)

func digit(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

// hexOf returns the byte of hex digits, or 0 for more than a byte.
func hexOf(digits []byte) byte {
	var raw [4]byte
	if len(digits)%2 > 0 {
		digits = append([]byte{'0'}, digits...)
	}
	n, _ := hex.Decode(raw[:], digits) // each character is a digit, and they are at most six
	for _, b := range raw[:n-1] {
		if b != 0 {
			return 0
		}
	}
	return raw[n-1]
}
