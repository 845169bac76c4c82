package answers

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// Challenge verifies that the answer has exactly one WWW-Authenticate line,
// that it is well formed, and that scheme, realm, error, description and scope
// are those wanted, in any order of attributes.
func (a *Answer) Challenge(want gafaelfawr.Challenge) bool {
	c, lines := a.by, a.Header.Values(gafaelfawr.HeaderWWWAuthenticate)
	expected := "exactly one line " + gafaelfawr.HeaderWWWAuthenticate + ": " + want.String()
	actual := describeLines(gafaelfawr.HeaderWWWAuthenticate, lines)
	status := strconv.Itoa(a.Code)
	if len(lines) != 1 {
		reason := verdict.Of(verdict.CodeChallengeMissing, "status", status)
		if len(lines) > 1 {
			reason = verdict.Of(verdict.CodeChallengeRepeated, "status", status, "lines", strconv.Itoa(len(lines)))
		}
		return c.Expect(false, a, expected, fmt.Sprintf("status %d with %s", a.Code, actual), reason)
	}
	got, err := gafaelfawr.ParseChallenge(lines[0])
	if err != nil {
		return c.Expect(false, a, expected, actual+" ("+err.Error()+")",
			verdict.Of(verdict.CodeChallengeMalformed, "status", status))
	}
	different := differences(got, want)
	for _, d := range different {
		c.Expect(false, a, expected, actual+" ("+d.text+")",
			verdict.Of(verdict.CodeChallengeAttribute, "name", d.name, "got", d.got, "want", d.want))
	}
	return len(different) == 0
}

// difference is one difference between a challenge and the wanted one.
type difference struct{ name, got, want, text string }

// differences compares a challenge with the wanted one.
func differences(got, want gafaelfawr.Challenge) []difference {
	var all []difference
	if !strings.EqualFold(got.Scheme, want.Scheme) {
		all = append(all, difference{"scheme", got.Scheme, want.Scheme, "it is not " + want.Scheme})
	}
	for _, attribute := range want.Attributes {
		if value := got.Get(attribute.Name); value != attribute.Value {
			all = append(all, difference{attribute.Name, value, attribute.Value,
				fmt.Sprintf("%s is not %q", attribute.Name, attribute.Value)})
		}
	}
	for _, attribute := range got.Attributes {
		if want.Get(attribute.Name) == "" {
			all = append(all, difference{attribute.Name, attribute.Value, "", attribute.Name + " is too much"})
		}
	}
	if len(all) == 0 && len(got.Attributes) != len(want.Attributes) {
		all = append(all, difference{text: "an attribute is there twice"})
	}
	return all
}
