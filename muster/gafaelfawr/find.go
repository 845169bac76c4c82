package gafaelfawr

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// form describes how a token in a text may look.
type form struct {
	// key and secret have the allowed bytes, and tail those that may follow.
	key, secret, tail [256]bool
}

// A wide form accepts more than any parser, because a missed token is a leak
// and a false hit only looks bad. After the dot it takes 22 characters of any
// kind except white space and quotes, so that it matches damaged tokens. It
// takes fewer if the end was cut off. It also takes everything after them that
// could belong to a token, because the secret of a second, overlapping token
// must not remain.
var (
	wide = form{
		key:    allBut(". \t\n\f\r\"'"),
		secret: allBut(" \t\n\f\r\"'<>"),
		tail:   charactersOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.+/=-"),
	}
	strict = form{key: inSecret, secret: inSecret}
)

// shortestSecret is the least length of a part that counts as a secret.
const shortestSecret = 6

// find returns where tokens of the form are in a text.
func (f *form) find(text []byte) (all [][2]int) {
	count(len(text))
	for at := 0; ; {
		i := bytes.Index(text[at:], []byte("gt-"))
		if i < 0 {
			return all
		}
		at += i
		if end := f.end(text, at); end > 0 {
			all = append(all, [2]int{at, end})
			at = end
		} else {
			at++
		}
	}
}

// end returns where the token that begins at first with gt- ends, or 0.
func (f *form) end(text []byte, first int) int {
	dot, n := take(text, first+len("gt-"), partLength, &f.key)
	if n < partLength || dot == len(text) || text[dot] != '.' {
		return 0
	}
	end, n := take(text, dot+1, partLength, &f.secret)
	if n < shortestSecret {
		return 0
	}
	for end < len(text) && f.tail[text[end]] {
		end++
	}
	if end = nextToken(text, dot+1, end); end-dot-1 < shortestSecret {
		return 0
	}
	count(end - first)
	return end
}

// nextToken returns where another token begins in text[from:end], or end. A token
// that was cut off must not take it along, because the secret of the other would
// remain if its dot is escaped.
func nextToken(text []byte, from, end int) int {
	for at := from; ; at++ {
		i := bytes.Index(text[at:min(len(text), end+len("gt"))], []byte("gt-"))
		if i < 0 {
			return end
		}
		at += i
		dot, n := take(text, at+len("gt-"), partLength, &inSecret)
		if n == partLength && dot < len(text) && (text[dot] == '.' || beginsEscape[text[dot]]) {
			return at
		}
	}
}

// take counts up to most characters of the set and returns where they end.
func take(text []byte, from, most int, among *[256]bool) (end, n int) {
	for end = from; n < most && end < len(text) && among[text[end]]; n++ {
		if text[end] < utf8.RuneSelf {
			end++
			continue
		}
		_, size := utf8.DecodeRune(text[end:])
		end += size
	}
	count(end - from)
	return end, n
}

// redactTokens replaces plain tokens.
func redactTokens(text string) string {
	if !strings.Contains(text, "gt-") {
		return text
	}
	var cuts []cut
	for _, at := range wide.find([]byte(text)) {
		cuts = append(cuts, cut{at[0], at[1], markToken(text[at[0]:at[1]])})
	}
	return replaceEach(text, cuts)
}
