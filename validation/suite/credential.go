package suite

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// Credential is what a request shows to be let in: header lines, and how a
// person would write them with the token in a shell variable.
type Credential struct {
	label string
	lines []credentialLine
}

// credentialLine is a header line; shell is its value as it stands between
// double quotes in a shell command.
type credentialLine struct{ name, value, shell string }

// Nobody sends no credential.
var Nobody = Credential{label: "no credentials"}

// Bearer sends the identity's token in the Authorization header.
func Bearer(id *Identity) Credential {
	return Authorization("Bearer "+id.Token.Reveal(), "Bearer "+id.variable())
}

// BasicUser sends the token as the user name of Basic authentication.
func BasicUser(id *Identity) Credential {
	return basic(id.Token.Reveal()+":x-oauth-basic", id.variable()+":x-oauth-basic")
}

// BasicPassword sends the token as the password.
func BasicPassword(id *Identity) Credential {
	return basic("x-oauth-basic:"+id.Token.Reveal(), "x-oauth-basic:"+id.variable())
}

// BasicBoth sends the token as both.
func BasicBoth(id *Identity) Credential {
	return basic(id.Token.Reveal()+":"+id.Token.Reveal(), id.variable()+":"+id.variable())
}

func basic(pair, shell string) Credential {
	return Authorization("Basic "+base64.StdEncoding.EncodeToString([]byte(pair)),
		`Basic $(printf %s "`+shell+`" | base64 -w0)`)
}

// BasicPair sends the tokens of two identities as user name and password.
func BasicPair(user, password *Identity) Credential {
	return basic(user.Token.Reveal()+":"+password.Token.Reveal(), user.variable()+":"+password.variable())
}

// BearerAfterTab separates the token from Bearer by a tab.
func BearerAfterTab(id *Identity) Credential {
	return Authorization("Bearer\t"+id.Token.Reveal(), `Bearer$(printf '\t')`+id.variable())
}

// BearerSpelled is Bearer with the scheme spelled another way, and BasicSpelled
// BasicUser.
func BearerSpelled(scheme string, id *Identity) Credential {
	return Authorization(scheme+" "+id.Token.Reveal(), scheme+" "+id.variable())
}

// BasicSpelled is explained at BearerSpelled.
func BasicSpelled(scheme string, id *Identity) Credential {
	pair := id.Token.Reveal() + ":x-oauth-basic"
	return Authorization(scheme+" "+base64.StdEncoding.EncodeToString([]byte(pair)),
		scheme+` $(printf %s "`+id.variable()+`:x-oauth-basic" | base64 -w0)`)
}

// Unknown sends a token that was never made.
func Unknown() Credential {
	return Authorization("Bearer gt-"+strings.Repeat("A", 22)+"."+strings.Repeat("B", 22),
		"Bearer gt-"+repeated('A', 22)+"."+repeated('B', 22))
}

// WrongSecret sends the identity's key with another secret.
func WrongSecret(id *Identity) Credential {
	return Authorization("Bearer gt-"+id.Token.Key()+"."+strings.Repeat("A", 22),
		"Bearer ${"+id.variable()[1:]+"%.*}."+repeated('A', 22))
}

// Authorization sends a value as it is; shell is how a person would write it,
// value itself where shell is empty.
func Authorization(value, shell string) Credential {
	if shell == "" {
		shell = quoted(value)
	}
	return Credential{label: shell, lines: []credentialLine{{"Authorization", value, shell}}}
}

// Cookie sends a Cookie header as it is.
func Cookie(value string) Credential {
	return Credential{label: "Cookie: " + value, lines: []credentialLine{{"Cookie", value, quoted(value)}}}
}

// And sends both.
func (c Credential) And(other Credential) Credential {
	return Credential{label: c.label + ", " + other.label, lines: append(append([]credentialLine{}, c.lines...), other.lines...)}
}

// quoted is a text as it stands between double quotes in a shell command. A
// long run of one character becomes a command that prints it.
func quoted(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		run := len(text[i:]) - len(strings.TrimLeft(text[i:], text[i:i+1]))
		switch c := text[i]; {
		case run > 50:
			b.WriteString(repeated(c, run))
			i += run - 1
		case c == '\t':
			b.WriteString(`$(printf '\t')`)
		case strings.IndexByte("\"\\$`", c) >= 0:
			b.WriteString(`\` + string(c))
		default:
			b.WriteByte(c)
		}
		i++
	}
	return b.String()
}

// repeated is a shell command that prints a character n times.
func repeated(c byte, n int) string { return fmt.Sprintf("$(printf '%c%%.0s' $(seq %d))", c, n) }

func (id *Identity) variable() string {
	return "$" + strings.ToUpper(strings.NewReplacer("-", "_", " ", "_").Replace(id.Name))
}
