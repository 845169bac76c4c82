package gafaelfawr

import (
	"errors"
	"fmt"
	"strings"
)

// Values of a challenge's error attribute (RFC 6750, section 3.1).
const (
	ErrorInvalidRequest    = "invalid_request"
	ErrorInvalidToken      = "invalid_token"
	ErrorInsufficientScope = "insufficient_scope"
)

// Attribute is one name="value" of a challenge.
type Attribute struct{ Name, Value string }

// Challenge is one challenge of a WWW-Authenticate header. Attributes are in
// the order in which they were sent (RFC 9110, section 11.6.1).
type Challenge struct {
	Scheme     string
	Attributes []Attribute
}

// NewChallenge returns the challenge that Gafaelfawr sends: realm, then error,
// error_description and scope if they are not empty. A Basic challenge has only
// the realm (auth.py; recorded: basic/bearer-noscope).
func NewChallenge(scheme, realm, kind, description, scope string) Challenge {
	c := Challenge{Scheme: scheme, Attributes: []Attribute{{"realm", realm}}}
	if strings.EqualFold(scheme, "basic") {
		return c
	}
	// Gafaelfawr removes characters from the description that would need quoting.
	description = strings.NewReplacer(`"`, "", `\`, "").Replace(description)
	for _, a := range []Attribute{{"error", kind}, {"error_description", description}, {"scope", scope}} {
		if a.Value != "" {
			c.Attributes = append(c.Attributes, a)
		}
	}
	return c
}

// Get returns the value of the attribute, or "". Names are not case-sensitive.
func (c Challenge) Get(name string) string {
	for _, a := range c.Attributes {
		if strings.EqualFold(a.Name, name) {
			return a.Value
		}
	}
	return ""
}

// Realm returns the value of the realm attribute.
func (c Challenge) Realm() string { return c.Get("realm") }

// Scopes returns the scopes that the challenge names.
func (c Challenge) Scopes() []string { return strings.Fields(c.Get("scope")) }

// String formats the challenge as a header value, every attribute quoted.
func (c Challenge) String() string {
	var b strings.Builder
	b.WriteString(c.Scheme)
	for i, a := range c.Attributes {
		sep := ", "
		if i == 0 {
			sep = " "
		}
		quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(a.Value)
		b.WriteString(sep + a.Name + `="` + quoted + `"`)
	}
	return b.String()
}

// errChallenge reports a malformed WWW-Authenticate value.
var errChallenge = errors.New("not a well-formed challenge")

// ParseChallenges reads the challenges of all lines of a WWW-Authenticate
// header, in order. Values may be quoted or tokens. A repeated attribute is an
// error. The error wraps errChallenge and names the position.
func ParseChallenges(lines ...string) ([]Challenge, error) {
	var all []Challenge
	for _, line := range lines {
		p := challengeParser{text: line}
		got, err := p.challenges()
		if err != nil {
			return nil, err
		}
		all = append(all, got...)
	}
	return all, nil
}

// ParseChallenge reads a header value that must hold exactly one challenge.
func ParseChallenge(line string) (Challenge, error) {
	all, err := ParseChallenges(line)
	if err != nil {
		return Challenge{}, err
	}
	if len(all) != 1 {
		return Challenge{}, fmt.Errorf("%d challenges in one line: %w", len(all), errChallenge)
	}
	return all[0], nil
}

type challengeParser struct {
	text string
	pos  int
}

func (p *challengeParser) challenges() ([]Challenge, error) {
	var all []Challenge
	p.skip(" \t,")
	for p.pos < len(p.text) {
		scheme := p.token()
		if scheme == "" {
			return nil, p.fail("expected an authentication scheme")
		}
		c := Challenge{Scheme: scheme}
		if p.skip(" \t") == 0 && p.pos < len(p.text) && p.text[p.pos] != ',' {
			return nil, p.fail("expected a space after the scheme")
		}
		if err := p.attributes(&c); err != nil {
			return nil, err
		}
		all = append(all, c)
		p.skip(" \t,")
	}
	if len(all) == 0 {
		return nil, p.fail("no challenge")
	}
	return all, nil
}

// attributes reads name=value pairs until the next scheme, which is a token
// without an equals sign.
func (p *challengeParser) attributes(c *Challenge) error {
	for {
		start := p.pos
		name := p.token()
		if name == "" {
			p.pos = start
			return nil
		}
		p.skip(" \t")
		if p.pos >= len(p.text) || p.text[p.pos] != '=' {
			p.pos = start
			if len(c.Attributes) == 0 {
				return p.fail("expected name=value after the scheme")
			}
			return nil
		}
		p.pos++
		p.skip(" \t")
		value, err := p.value()
		if err != nil {
			return err
		}
		for _, a := range c.Attributes {
			if strings.EqualFold(a.Name, name) {
				return p.fail("attribute " + name + " is repeated")
			}
		}
		c.Attributes = append(c.Attributes, Attribute{name, value})
		p.skip(" \t")
		if p.pos < len(p.text) && p.text[p.pos] != ',' {
			return p.fail("expected a comma after the attribute " + name)
		}
		p.skip(" \t,")
	}
}

func (p *challengeParser) value() (string, error) {
	if p.pos >= len(p.text) || p.text[p.pos] != '"' {
		if v := p.token(); v != "" {
			return v, nil
		}
		return "", p.fail("expected a value")
	}
	var b strings.Builder
	for p.pos++; p.pos < len(p.text); p.pos++ {
		switch ch := p.text[p.pos]; {
		case ch == '"':
			p.pos++
			return b.String(), nil
		case ch == '\\' && p.pos+1 < len(p.text):
			p.pos++
			b.WriteByte(p.text[p.pos])
		default:
			b.WriteByte(ch)
		}
	}
	return "", p.fail("quoted value without an end")
}

// token reads a token of RFC 9110, section 5.6.2.
func (p *challengeParser) token() string {
	start := p.pos
	for p.pos < len(p.text) && isTokenChar(p.text[p.pos]) {
		p.pos++
	}
	return p.text[start:p.pos]
}

func isTokenChar(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
		strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}

func (p *challengeParser) skip(chars string) int {
	start := p.pos
	for p.pos < len(p.text) && strings.IndexByte(chars, p.text[p.pos]) >= 0 {
		p.pos++
	}
	return p.pos - start
}

func (p *challengeParser) fail(what string) error {
	return fmt.Errorf("%s at position %d: %w", what, p.pos, errChallenge)
}
