package gafaelfawr

import (
	"bytes"
	"regexp"
	"strings"
)

var (
	basicInText  = regexp.MustCompile(`(?i)(basic[\s:]+)([A-Za-z0-9+/_-]{16,}={0,2})`)
	cookieInText = regexp.MustCompile(`(?i)(gafaelfawr\s*=\s*"?)([A-Za-z0-9_+/=.-]{32,})`)
	// fernet is what a session secret encrypts: the cookie's value, wherever it stands.
	fernet = regexp.MustCompile(`gAAAAA[A-Za-z0-9_-]{60,}={0,2}`)
	scheme = regexp.MustCompile(`\A[A-Za-z][A-Za-z0-9-]{0,19}[ \t]`)
)

// secretWords occur in the names of headers with a secret, by first letter,
// small or capital. The search goes letter by letter, because it runs for every
// header line of every request.
var secretWords = func() (words [256][]string) {
	for _, word := range []string{
		"token", "secret", "passw", "credential", "session", "api-key", "apikey", "cookie", "authorization",
	} {
		for _, first := range []byte{word[0], word[0] - 'a' + 'A'} {
			words[first] = append(words[first], word)
		}
	}
	return words
}()

func namesSecret(header string) bool {
	for i := range len(header) {
		for _, word := range secretWords[header[i]] {
			if hasPrefixFold(header[i:], word) {
				return true
			}
		}
	}
	return false
}

// shortestBasic is the least length of base64 that basicInText takes for
// credentials.
const shortestBasic = 16

// Redact replaces possible secrets of Gafaelfawr in free text by fingerprints:
// tokens, Basic credentials with a token inside, and values of Gafaelfawr's
// session cookie, in any encoding. It also replaces any part of the tokens that
// this process remembers.
func Redact(text string) string {
	return redactKnown(redactParts(redactEncoded(redactPlain(redactJoined(text)))))
}

// redactPlain is Redact for secrets that are not encoded. It searches first for
// what is rare and quick to find, because it runs for every header line of
// every request.
func redactPlain(text string) string {
	text = redactTokens(text)
	if len(text) > len("basic ")+shortestBasic-1 && containsFold(text, "basic") {
		text = basicInText.ReplaceAllStringFunc(text, redactBasic)
	}
	if strings.Contains(text, "gAAAAA") {
		text = fernet.ReplaceAllStringFunc(text, func(hit string) string { return "<" + Fingerprint(hit) + ">" })
	}
	if strings.IndexByte(text, '=') < 0 || !containsFold(text, CookieName) {
		return text
	}
	return cookieInText.ReplaceAllStringFunc(text, func(hit string) string {
		m := cookieInText.FindStringSubmatch(hit)
		return m[1] + "<" + Fingerprint(m[2]) + ">"
	})
}

// containsFold reports whether text contains word, ignoring case; word is in
// lower case.
func containsFold(text, word string) bool {
	for i := range len(text) {
		if text[i]|0x20 == word[0] && hasPrefixFold(text[i:], word) {
			return true
		}
	}
	return false
}

func hasPrefixFold(text, prefix string) bool {
	return len(text) >= len(prefix) && strings.EqualFold(text[:len(prefix)], prefix)
}

// Guard is the last gate of an answer: it stops a token that came through all
// others.
func Guard(answer []byte) []byte {
	if !containsToken(answer) {
		return answer
	}
	return []byte(Redact(string(answer)))
}

// containsToken reports whether the text contains a token in Gafaelfawr's own
// form.
func containsToken(text []byte) bool {
	for {
		at := bytes.Index(text, []byte("gt-"))
		if at < 0 {
			return false
		}
		if text = text[at:]; len(text) >= tokenLength && strictToken.Match(text[:tokenLength]) {
			return true
		}
		text = text[1:]
	}
}

func redactBasic(hit string) string {
	m := basicInText.FindStringSubmatch(hit)
	decoded, err := decodeBase64(m[2])
	if err != nil || !strings.Contains(decoded, "gt-") {
		return hit
	}
	return m[1] + "<" + Fingerprint(m[2]) + ">"
}

// RedactHeader returns the value of a header line for a sighting. It replaces
// by fingerprints the value of every cookie, what follows the scheme of an
// Authorization, and the value of every header whose name suggests a secret.
// Both sides can then compare values that they do not print.
func RedactHeader(name, value string) string {
	switch {
	case !namesSecret(name):
		return Redact(value)
	case strings.EqualFold(name, HeaderCookie):
		return redactCookies(value)
	case strings.EqualFold(name, HeaderAuthorization), strings.EqualFold(name, "Proxy-Authorization"):
		head := scheme.FindString(value)
		rest := strings.TrimLeft(value[len(head):], " \t")
		return value[:len(value)-len(rest)] + redactSecret(rest)
	default:
		return redactSecret(value)
	}
}

// redactSecret marks a token as a token, so that a reader sees what leaked.
func redactSecret(value string) string {
	switch {
	case value == "":
		return ""
	case LooksLikeToken(value):
		return "gt-<" + Fingerprint(value) + ">"
	default:
		return "<" + Fingerprint(value) + ">"
	}
}

// redactCookies keeps names and separators unchanged, because a leak may depend
// on a missing space.
func redactCookies(value string) string {
	pieces := strings.Split(value, ";")
	for i, piece := range pieces {
		if name, content, ok := strings.Cut(piece, "="); ok {
			pieces[i] = Redact(name) + "=" + redactSecret(content)
		} else if trimmed := strings.TrimSpace(piece); trimmed != "" {
			pieces[i] = strings.Replace(piece, trimmed, redactSecret(trimmed), 1)
		}
	}
	return strings.Join(pieces, ";")
}
