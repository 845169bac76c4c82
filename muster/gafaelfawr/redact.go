package gafaelfawr

import (
	"encoding/base64"
	"regexp"
	"strings"
)

// The patterns are wider than any parser: a redaction that misses is a leak,
// one that hits too often is only ugly. A token ends at 22 characters of any
// kind but white space and quotes, so that a damaged one is caught as well.
var (
	tokenInText  = regexp.MustCompile(`gt-[^.\s"']{22}\.[^\s"'<>]{22}`)
	basicInText  = regexp.MustCompile(`(?i)(basic[\s:]+)([A-Za-z0-9+/_-]{16,}={0,2})`)
	cookieInText = regexp.MustCompile(`(?i)(gafaelfawr\s*=\s*"?)([A-Za-z0-9_+/=.-]{32,})`)
)

// Redact replaces what could be a secret of Gafaelfawr in free text by its
// fingerprint: tokens, Basic credentials with a token inside, and values of
// Gafaelfawr's session cookie.
func Redact(text string) string {
	text = basicInText.ReplaceAllStringFunc(text, func(hit string) string {
		m := basicInText.FindStringSubmatch(hit)
		decoded, err := decodeBase64(m[2])
		if err != nil || !strings.Contains(decoded, "gt-") {
			return hit
		}
		return m[1] + "<" + Fingerprint(m[2]) + ">"
	})
	text = cookieInText.ReplaceAllStringFunc(text, func(hit string) string {
		m := cookieInText.FindStringSubmatch(hit)
		return m[1] + "<" + Fingerprint(m[2]) + ">"
	})
	return tokenInText.ReplaceAllStringFunc(text, func(token string) string {
		return "gt-<" + Fingerprint(token) + ">"
	})
}

// RedactHeader is the value of a header line as a sighting shows it: the value
// of every cookie and what follows the scheme of an Authorization are replaced
// by their fingerprints, so that both sides can compare what they do not print.
func RedactHeader(name, value string) string {
	switch {
	case strings.EqualFold(name, HeaderCookie):
		return redactCookies(value)
	case strings.EqualFold(name, HeaderAuthorization), strings.EqualFold(name, "Proxy-Authorization"):
		at := strings.IndexAny(value, " \t")
		rest := strings.TrimLeft(value[at+1:], " \t")
		return value[:len(value)-len(rest)] + redactSecret(rest)
	case strings.EqualFold(name, HeaderToken), strings.EqualFold(name, "X-CSRF-Token"):
		return redactSecret(value)
	default:
		return Redact(value)
	}
}

// redactSecret marks a token as one, so that a reader sees what leaked.
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

// redactCookies keeps names and separators as they were sent: a leak may hang
// on a missing space.
func redactCookies(value string) string {
	pieces := strings.Split(value, ";")
	for i, piece := range pieces {
		if at := strings.IndexByte(piece, '='); at >= 0 {
			pieces[i] = piece[:at+1] + redactSecret(piece[at+1:])
		} else if trimmed := strings.TrimSpace(piece); trimmed != "" {
			pieces[i] = strings.Replace(piece, trimmed, redactSecret(trimmed), 1)
		}
	}
	return strings.Join(pieces, ";")
}

func decodeBase64(text string) (string, error) {
	text = strings.TrimRight(text, "=")
	text = strings.NewReplacer("-", "+", "_", "/").Replace(text)
	raw, err := base64.RawStdEncoding.DecodeString(text)
	return string(raw), err
}
