package gafaelfawr

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

const (
	exampleKey    = "k3yk3yk3yk3yk3yk3yk3yA"
	exampleSecret = "s3cr3ts3cr3ts3cr3ts3cQ"
	exampleToken  = "gt-" + exampleKey + "." + exampleSecret
)

func mustToken(t testing.TB, text string) Token {
	t.Helper()
	token, err := ParseToken(text)
	require.NoError(t, err)
	return token
}

func TestParseToken(t *testing.T) {
	token := mustToken(t, exampleToken)
	assert.Equal(t, exampleKey, token.Key())
	assert.Equal(t, exampleToken, token.Reveal())
	assert.False(t, token.IsZero())
	assert.Regexp(t, `^[0-9a-f]{12}$`, token.Fingerprint())
	assert.Equal(t, Fingerprint(exampleToken), token.Fingerprint())
}

func TestParseTokenRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"empty":            "",
		"no prefix":        exampleToken[3:],
		"upper prefix":     "GT" + exampleToken[2:],
		"short key":        "gt-" + exampleKey[1:] + "." + exampleSecret,
		"short secret":     exampleToken[:len(exampleToken)-1],
		"long secret":      exampleToken + "A",
		"no dot":           strings.Replace(exampleToken, ".", "_", 1),
		"alphabet":         "gt-" + strings.Repeat("%", 22) + "." + strings.Repeat("$", 22),
		"newline at end":   exampleToken + "\n",
		"newline in front": "\n" + exampleToken,
		"space":            " " + exampleToken,
	} {
		t.Run(name, func(t *testing.T) {
			token, err := ParseToken(text)
			require.ErrorIs(t, err, errNotToken)
			assert.True(t, token.IsZero())
			if text != "" {
				assert.NotContains(t, err.Error(), strings.TrimSpace(text), "the error must not quote what may be a secret")
			}
		})
	}
}

func TestLooksLikeToken(t *testing.T) {
	for text, want := range map[string]bool{
		exampleToken: true,
		"gt-" + strings.Repeat("%", 22) + "." + strings.Repeat("$", 22):  true,
		"gt-" + strings.Repeat("a", 22) + "." + strings.Repeat("\n", 22): true,
		"gt-" + strings.Repeat("a", 22) + "." + strings.Repeat(".", 22):  true,
		exampleToken + "A":       false,
		exampleToken[1:]:         false,
		"":                       false,
		"Bearer " + exampleToken: false,
	} {
		assert.Equal(t, want, LooksLikeToken(text), "%q", text)
	}
}

func TestNewTokenIsFreshAndStrict(t *testing.T) {
	a, b := NewToken(), NewToken()
	assert.NotEqual(t, a.Reveal(), b.Reveal())
	assert.NotEqual(t, a, b)
	again := mustToken(t, a.Reveal())
	assert.Equal(t, a, again, "tokens with the same text are equal")
	assert.Len(t, map[Token]bool{a: true, again: true, b: true}, 2)
}

func TestZeroToken(t *testing.T) {
	var zero Token
	assert.True(t, zero.IsZero())
	assert.Empty(t, zero.Reveal())
	assert.Empty(t, zero.Key())
	assert.Equal(t, "token(none)", zero.String())
}

// holder has a token in every place that a library might print.
type holder struct {
	Token   Token
	Pointer *Token
	List    []Token
	Map     map[string]Token
	Keys    map[Token]int
	Any     any
	hidden  Token
	secret  *Token
}

func holding(token Token) holder {
	return holder{
		token,
		&token,
		[]Token{token},
		map[string]Token{"a": token},
		map[Token]int{token: 1},
		token,
		token,
		&token,
	}
}

// leaks returns the part of the example token that is in the text. The secret
// alone counts, because the key is public.
func leaks(text string) bool {
	return strings.Contains(text, exampleSecret) || strings.Contains(text, fmt.Sprintf("%x", exampleSecret)) ||
		strings.Contains(text, fmt.Sprintf("%X", exampleSecret))
}

func TestTokenIsNotPrinted(t *testing.T) {
	token := mustToken(t, exampleToken)
	h := holding(token)
	values := map[string]any{
		"token": token, "pointer": &token, "struct": h, "pointer to struct": &h,
		"slice": []Token{token}, "map": map[string]Token{"a": token}, "map key": map[Token]string{token: "a"},
		"any": []any{token, &token}, "embedded": struct{ Token }{token}, "nil pointer": (*Token)(nil),
		"hidden only": struct{ a, b any }{token, &token},
	}
	for name, value := range values {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, verb := range []string{
				"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%t", "%e", "%U", "%c", "%b", "%p", "%60v", "%-60s", "%!",
			} {
				printed := fmt.Sprintf(verb, value)
				assert.False(t, leaks(printed), "%s prints %s", verb, strings.ReplaceAll(printed, exampleSecret, "<THE SECRET>"))
			}
			assert.False(t, leaks(fmt.Sprint(value)+fmt.Sprintln(value)+fmt.Errorf("it is %v and %s", value, value).Error()))
		})
	}
}

func TestTokenIsShownByItsFingerprint(t *testing.T) {
	token := mustToken(t, exampleToken)
	want := "token(" + Fingerprint(exampleToken) + ")"
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		assert.Equal(t, want, fmt.Sprintf(verb, token), verb)
		assert.Equal(t, want, fmt.Sprintf(verb, &token), verb)
	}
	assert.Equal(t, "["+want+"]", fmt.Sprint([]Token{token}))
	assert.Equal(t, want, token.LogValue().String())
	assert.Equal(t, want, token.GoString())
}

func TestTokenIsNotLogged(t *testing.T) {
	token := mustToken(t, exampleToken)
	h := holding(token)
	for name, handler := range map[string]func(*bytes.Buffer) slog.Handler{
		"json": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
		"text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			log := slog.New(handler(&out))
			log.With("with", token).
				WithGroup("g").
				Info("told", "token", token, "pointer", &token, "struct", h, "any", slog.AnyValue(token),
					"list", []Token{token}, slog.Group("group", "token", token))
			assert.False(t, leaks(out.String()), "it logs the secret")
			assert.Contains(t, out.String(), token.Fingerprint())
		})
	}
}

func TestTokenIsNotEncoded(t *testing.T) {
	token := mustToken(t, exampleToken)
	encoders := map[string]func(any) ([]byte, error){
		"json":        json.Marshal,
		"json indent": func(v any) ([]byte, error) { return json.MarshalIndent(v, "", " ") },
		"yaml":        yaml.Marshal,
		"xml":         xml.Marshal,
	}
	for name, encode := range encoders {
		t.Run(name, func(t *testing.T) {
			values := []any{token, &token, document{token}, &document{token}, []Token{token}}
			if name != "xml" { // it has no maps
				values = append(values, map[string]Token{"a": token}, map[Token]string{token: "a"})
			}
			for _, value := range values {
				out, err := encode(value)
				require.NoError(t, err, "%T", value)
				assert.False(t, leaks(string(out)), "%T is written out", value)
				assert.Contains(t, string(out), token.Fingerprint(), "%T", value)
			}
		})
	}
}

type document struct{ T Token }

// A failed comparison is printed by reflection, methods or not.
func TestTokenIsNotInAFailedComparison(t *testing.T) {
	token := mustToken(t, exampleToken)
	var out recordingT
	assert.Equal(&out, holding(token), holding(NewToken()))
	assert.Equal(&out, token, NewToken())
	assert.NotContains(&out, []Token{token}, token)
	require.NotEmpty(t, out.text)
	assert.False(t, leaks(out.text), "the failure prints the secret")
}

type recordingT struct{ text string }

func (r *recordingT) Errorf(format string, args ...any) { r.text += fmt.Sprintf(format, args...) }

func FuzzParseToken(f *testing.F) {
	for _, seed := range []string{exampleToken, "", "gt-", "gt-.", exampleToken + " ", "gt-" + strings.Repeat(".", 45)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		token, err := ParseToken(text)
		if err != nil {
			if !token.IsZero() || token.Reveal() != "" {
				t.Fatal("an error comes with a token")
			}
			if len(text) >= 8 && strings.Contains(err.Error(), text) {
				t.Fatal("the error quotes the text")
			}
			return
		}
		if token.Reveal() != text {
			t.Fatal("it reveals another token than was parsed")
		}
		if !LooksLikeToken(text) {
			t.Fatal("the loose form must hold whatever the strict form holds")
		}
		if again, err := ParseToken(token.Reveal()); err != nil || again != token {
			t.Fatal("parsed again it is another token")
		}
		if secret := text[len(text)-partLength:]; secret != token.Key() &&
			strings.Contains(fmt.Sprintf("%v%+v%#v%p", token, struct{ a Token }{token}, token, &token), secret) {
			t.Fatal("it prints its secret")
		}
	})
}
