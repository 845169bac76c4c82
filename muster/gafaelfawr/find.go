package gafaelfawr

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// counted is set by tests: it is told how many bytes each look at a text takes.
// What is done with a text grows with its length, whatever is in it.
var counted func(bytes int)

func count(bytes int) {
	if counted != nil {
		counted(bytes)
	}
}

// form is what a token in a text may look like.
type form struct {
	// key and secret may have these bytes, and tail what follows.
	key, secret, tail [256]bool
}

// A wide form is wider than any parser: a redaction that misses is a leak, one
// that hits too often is only ugly. A token takes 22 characters of any kind but
// white space and quotes behind its dot, so that a damaged one is caught as well,
// or fewer, so that one of which somebody cut off the end is, and then all that
// could belong to it: two that overlap must not leave the secret of the second
// behind.
var (
	wide = form{
		key:    allBut(". \t\n\f\r\"'"),
		secret: allBut(" \t\n\f\r\"'<>"),
		tail:   charactersOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.+/=-"),
	}
	strict = form{key: inSecret, secret: inSecret}
)

// shortestSecret is how many characters of a secret are taken for one.
const shortestSecret = 6

func allBut(these string) [256]bool {
	is := charactersOf(these)
	for i := range is {
		is[i] = !is[i]
	}
	return is
}

// find gives where tokens of that form stand in a text.
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

// end is where a token ends that begins at first with gt-; 0 without one.
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
	count(end - first)
	return end
}

// take is where so many characters end of which each is one of these, and how many
// they are.
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

// redactTokens replaces the tokens that are written as they are.
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
