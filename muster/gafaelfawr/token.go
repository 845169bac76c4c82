package gafaelfawr

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"strings"
)

// partLength is the length of a token's key and of its secret: 16 random bytes
// in URL-safe base64 without padding (Gafaelfawr, models/token.py).
const partLength = 22

// errNotToken reports a text that is no token in Gafaelfawr's form.
var errNotToken = errors.New("not a Gafaelfawr token (gt- + 22 characters + . + 22 characters)")

var (
	strictToken = regexp.MustCompile(`\Agt-([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{22})\z`)
	looseToken  = regexp.MustCompile(`(?s)\Agt-[^.]{22}\..{22}\z`)
)

// Token is a Gafaelfawr token. It cannot be printed by accident: every
// formatting, logging and encoding shows its fingerprint; only Reveal gives
// the text. Tokens with the same text are equal. The zero Token is no token.
//
// The secret is sealed, because methods are not everything: fmt does not call
// those of an unexported field or for %p, and the comparisons of test
// libraries look into structures by reflection.
type Token struct {
	key    string
	sealed [partLength]byte
}

// sealingKey is new in each process.
var sealingKey = func() (key [32]byte) {
	_, _ = rand.Read(key[:]) // crypto/rand.Read never fails since Go 1.24
	return key
}()

// seal encrypts the secret of the token with that key, or decrypts it.
func seal(key string, secret [partLength]byte) [partLength]byte {
	mask := sha256.Sum256(append(sealingKey[:len(sealingKey):len(sealingKey)], key...))
	for i := range secret {
		secret[i] ^= mask[i]
	}
	return secret
}

// NewToken returns a random token in Gafaelfawr's form.
func NewToken() Token {
	part := func() string {
		raw := make([]byte, 16)
		_, _ = rand.Read(raw) // as above
		return base64.RawURLEncoding.EncodeToString(raw)
	}
	return newToken(part(), part())
}

func newToken(key, secret string) Token {
	return Token{key, seal(key, [partLength]byte([]byte(secret)))}
}

// ParseToken reads a token in the strict form that Gafaelfawr generates. The
// error wraps errNotToken and never contains the text.
func ParseToken(text string) (Token, error) {
	m := strictToken.FindStringSubmatch(text)
	if m == nil {
		return Token{}, fmt.Errorf("%d characters: %w", len(text), errNotToken)
	}
	return newToken(m[1], m[2]), nil
}

// LooksLikeToken reports whether Gafaelfawr's header filter takes the text for
// a token and so removes it from the request. The filter checks lengths, not
// the alphabet (util.py; recorded: anonymous/junk-token).
func LooksLikeToken(text string) bool { return looseToken.MatchString(text) }

// Fingerprint names a secret without revealing it: the first 12 hex digits of
// its SHA-256. Server and suite compute it alike, so that they can compare
// secrets.
func Fingerprint(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])[:12]
}

// Key returns the public half of the token, which appears in URLs and
// token-info.
func (t Token) Key() string { return t.key }

// IsZero reports whether there is no token.
func (t Token) IsZero() bool { return t == Token{} }

// Reveal returns the text of the token, for the one place that sends it. It is
// empty for the zero Token.
func (t Token) Reveal() string {
	if t.IsZero() {
		return ""
	}
	secret := seal(t.key, t.sealed)
	return "gt-" + t.key + "." + string(secret[:])
}

// Fingerprint returns the Fingerprint of the token's text.
func (t Token) Fingerprint() string { return Fingerprint(t.Reveal()) }

// String shows the fingerprint.
func (t Token) String() string {
	if t.IsZero() {
		return "token(none)"
	}
	return "token(" + t.Fingerprint() + ")"
}

// GoString shows the fingerprint.
func (t Token) GoString() string { return t.String() }

// Format shows the fingerprint, whatever the verb.
func (t Token) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, t.String()) }

// LogValue shows the fingerprint.
func (t Token) LogValue() slog.Value { return slog.StringValue(t.String()) }

// MarshalJSON shows the fingerprint.
func (t Token) MarshalJSON() ([]byte, error) { return json.Marshal(t.String()) }

// MarshalYAML shows the fingerprint.
func (t Token) MarshalYAML() (any, error) { return t.String(), nil }

// MarshalText shows the fingerprint in encodings that this type does not know.
func (t Token) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// tokenLength is the length of a token in the strict form, in bytes.
const tokenLength = len("gt-.") + 2*partLength

// shortestToken is the least length of a token that was cut off, in bytes.
const shortestToken = len("gt-.") + partLength + shortestSecret

// markToken gives a whole token its own fingerprint, whatever follows it.
func markToken(hit string) string {
	if len(hit) > tokenLength && strictToken.MatchString(hit[:tokenLength]) {
		hit = hit[:tokenLength]
	}
	return "gt-<" + Fingerprint(hit) + ">"
}

// markEncoded leaves out gt-, because the replaced text does not show it
// either.
func markEncoded(hit []byte) string { return strings.TrimPrefix(markToken(string(hit)), "gt-") }
