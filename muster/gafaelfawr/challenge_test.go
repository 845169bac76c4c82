package gafaelfawr

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNewChallenge(t *testing.T) {
	for want, c := range map[string]Challenge{
		`Bearer realm="example.org"`: NewChallenge("Bearer", "example.org", "", "", ""),
		`Bearer realm="example.org", error="invalid_token", error_description="Token is not valid"`: NewChallenge(
			"Bearer", "example.org", ErrorInvalidToken, "Token is not valid", "",
		),
		`Bearer realm="example.org", error="insufficient_scope", error_description="Token missing required scope", ` +
			`scope="exec:admin read:image"`: NewChallenge(
			"Bearer", "example.org", ErrorInsufficientScope, "Token missing required scope", "exec:admin read:image",
		),
		`Basic realm="example.org"`: NewChallenge("Basic", "example.org", ErrorInvalidToken, "Token is not valid", "a"),
		`Bearer realm="example.org", error="invalid_request", error_description="quote  and slash "`: NewChallenge("Bearer",
			"example.org", ErrorInvalidRequest, `quote " and slash \`, ""),
	} {
		assert.Equal(t, want, c.String())
		parsed, err := ParseChallenge(want)
		require.NoError(t, err, want)
		assert.Equal(t, c, parsed, want)
	}
}

func TestParseChallenges(t *testing.T) {
	bearer := Challenge{"Bearer", []Attribute{{"realm", "a"}}}
	basic := Challenge{"Basic", []Attribute{{"realm", "b"}}}
	for name, c := range map[string]struct {
		lines []string
		want  []Challenge
	}{
		"order of attributes": {
			[]string{`Bearer scope="x", realm="a"`}, []Challenge{{"Bearer", []Attribute{{"scope", "x"}, {"realm", "a"}}}},
		},
		"repeated lines":        {[]string{`Bearer realm="a"`, `Basic realm="b"`}, []Challenge{bearer, basic}},
		"two in a line":         {[]string{`Bearer realm="a", Basic realm="b"`}, []Challenge{bearer, basic}},
		"scheme alone":          {[]string{`Negotiate`, `Bearer realm="a"`}, []Challenge{{Scheme: "Negotiate"}, bearer}},
		"scheme alone in a row": {[]string{`Negotiate, Bearer realm="a"`}, []Challenge{{Scheme: "Negotiate"}, bearer}},
		"token as a value":      {[]string{`Bearer realm=a`}, []Challenge{bearer}},
		"space around equals":   {[]string{"Bearer realm = \"a\""}, []Challenge{bearer}},
		"tab after the scheme":  {[]string{"Bearer\trealm=\"a\""}, []Challenge{bearer}},
		"empty elements":        {[]string{`, Bearer realm="a",, ,`}, []Challenge{bearer}},
		"escapes": {
			[]string{`Bearer realm="a\"b\\c"`}, []Challenge{{"Bearer", []Attribute{{"realm", `a"b\c`}}}},
		},
		"comma in quotes": {
			[]string{`Bearer realm="a, Basic realm=b"`}, []Challenge{{"Bearer", []Attribute{{"realm", "a, Basic realm=b"}}}},
		},
		"empty value": {[]string{`Bearer realm=""`}, []Challenge{{"Bearer", []Attribute{{"realm", ""}}}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParseChallenges(c.lines...)
			require.NoError(t, err)
			assert.Equal(t, c.want, got)
		})
	}
}

func TestParseChallengesRefuses(t *testing.T) {
	for name, c := range map[string]struct{ line, want string }{
		"empty":              {``, "no challenge at position 0"},
		"commas":             {`, ,`, "no challenge"},
		"open quote":         {`Bearer realm="a`, "quoted value without an end"},
		"escape at the end":  {`Bearer realm="a\`, "quoted value without an end"},
		"no value":           {`Bearer realm=`, "expected a value at position 13"},
		"no comma":           {`Bearer realm="a" error="b"`, "expected a comma after the attribute realm"},
		"repeated attribute": {`Bearer realm="a", Realm="b"`, "attribute Realm is repeated"},
		"no scheme":          {`"Bearer" realm="a"`, "expected an authentication scheme at position 0"},
		"equals for a space": {`Bearer=realm`, "expected a space after the scheme"},
		"no equals":          {`Bearer realm "a"`, "expected name=value after the scheme"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseChallenges(c.line)
			require.ErrorIs(t, err, errChallenge)
			assert.Contains(t, err.Error(), c.want)
		})
	}
	_, err := ParseChallenges()
	assert.NoError(t, err, "no header line is no challenge, and not malformed")
	_, err = ParseChallenge(`Bearer realm="a", Basic realm="b"`)
	require.ErrorIs(t, err, errChallenge)
	assert.Contains(t, err.Error(), "2 challenges")
}

func TestChallengeGet(t *testing.T) {
	c, err := ParseChallenge(`bearer REALM="a", Scope="x  y"`)
	require.NoError(t, err)
	assert.Equal(t, "a", c.Realm())
	assert.Equal(t, []string{"x", "y"}, c.Scopes())
	assert.Empty(t, c.Get("error"))
}

func FuzzParseChallenges(f *testing.F) {
	for _, seed := range []string{
		`Bearer realm="example.org"`, `Basic realm="a", Bearer realm="b", error="c"`, `Bearer realm="a\"b\\"`, `Negotiate`,
		`,,`,
		`Bearer realm="a", error="invalid_request", error_description="Unknown Authorization type Token"`,
		"Bearer\trealm = a",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		all, err := ParseChallenges(line)
		if err != nil {
			if !errors.Is(err, errChallenge) {
				t.Fatalf("the error is not errChallenge: %v", err)
			}
			return
		}
		if len(all) == 0 {
			t.Fatal("neither a challenge nor an error")
		}
		var lines []string
		for _, c := range all {
			lines = append(lines, c.String())
		}
		again, err := ParseChallenges(strings.Join(lines, ", "))
		if err != nil {
			t.Fatalf("what was formatted does not parse: %v: %q", err, lines)
		}
		assert.Equal(t, all, again, "formatted and parsed again it is another challenge")
	})
}

// RFC 9110, section 5.6.2.
func TestTokenCharacters(t *testing.T) {
	t.Parallel()
	const all = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	for c := range 256 {
		assert.Equal(t, strings.IndexByte(all, byte(c)) >= 0, isTokenChar(byte(c)), "%q", c)
	}
}
