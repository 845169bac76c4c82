package gafaelfawr

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAuthorizationCarriesToken(t *testing.T) {
	encode := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	loose := "gt-" + strings.Repeat("%", 22) + "." + strings.Repeat("$", 22)
	for value, want := range map[string]bool{
		"Bearer " + exampleToken:                                true,
		"bEARER   " + exampleToken:                              true,
		"Bearer\t" + exampleToken:                               true,
		"Bearer " + loose:                                       true,
		exampleToken:                                            true,
		"Token " + exampleToken:                                 true,
		"Basic " + encode(exampleToken+":x-oauth-basic"):        true,
		"Basic " + encode("x-oauth-basic:"+exampleToken):        true,
		"basic\t" + encode(exampleToken+":"):                    true,
		"Basic " + encode("a:"+exampleToken+":b"):               true,
		"Basic " + strings.TrimRight(encode(exampleToken), "="): true,
		"Basic " + encode("user:password"):                      false,
		"Basic !!!":                                             false,
		"Bearer foreign":                                        false,
		"Digest abc":                                            false,
		"word":                                                  false,
		"":                                                      false,
	} {
		assert.Equal(t, want, AuthorizationCarriesToken(value), "%q", value)
	}
}

func TestSessionCookies(t *testing.T) {
	for value, want := range map[string][]string{
		"gafaelfawr=x":                 {"x"},
		"a=1; gafaelfawr=x; b=2":       {"x"},
		"a=1;gafaelfawr=x":             {"x"},
		"a=1;\tgafaelfawr=x":           {"x"},
		"a=1;  gafaelfawr=x":           {"x"},
		"gafaelfawr =x":                {"x"},
		"gafaelfawr= x ":               {"x"},
		`gafaelfawr="x"`:               {`"x"`},
		"gafaelfawr=":                  {""},
		"gafaelfawr=x; gafaelfawr=y":   {"x", "y"},
		"gafaelfawr=x=y":               {"x=y"},
		"GAFAELFAWR=x":                 nil,
		"gafaelfawr2=x; xgafaelfawr=y": nil,
		"gafaelfawr":                   nil,
		"":                             nil,
	} {
		assert.Equal(t, want, SessionCookies(value), "%q", value)
	}
}

func FuzzCredentials(f *testing.F) {
	for _, seed := range []string{"Bearer " + exampleToken, "Basic eDp5", "a=1;gafaelfawr=x", "gafaelfawr =", "\t"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if AuthorizationCarriesToken(value) && RedactHeader(HeaderAuthorization, value) == value {
			t.Errorf("a token is found, but not redacted: %q", value)
		}
		for _, cookie := range SessionCookies(value) {
			if len(cookie) > 16 && strings.Contains(RedactHeader(HeaderCookie, value), cookie) {
				t.Errorf("a cookie is found, but not redacted: %q", value)
			}
		}
	})
}

func TestValidUsername(t *testing.T) {
	for name, want := range map[string]bool{
		"bot-check-muster": true, "ab": true, "1a": true, "user1": true, "bot-1": true, "a-bc": true,
		strings.Repeat("a", 64): true,
		"":                      false, "a": false, "a1": false, "a-b": false, "123": false, "-ab": false, "ab-": false,
		"a--bc": false, "Ab": false, "a.bc": false,
		"ab\n": false, BootstrapUser: false, strings.Repeat("a", 65): false,
	} {
		assert.Equal(t, want, ValidUsername(name), "%q", name)
	}
}
