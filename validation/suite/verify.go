package suite

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stretchr/testify/assert" // ObjectsAreEqual: the comparison that tests use

	"github.com/lsst-sqre/muster/muster"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// Status verifies the status of the answer, one of those given.
func (a *Answer) Status(want ...int) bool {
	return a.check.Expect(slices.Contains(want, a.Code), a,
		"status "+strings.Trim(strings.ReplaceAll(fmt.Sprint(want), " ", " or "), "[]"), a.Excerpt())
}

// MustStatus is Status that ends the check where it is another.
func (a *Answer) MustStatus(want ...int) {
	if !a.Status(want...) {
		panic(ended{})
	}
}

// HeaderIs verifies that the answer has exactly one line of that header, with
// that value.
func (a *Answer) HeaderIs(name, want string) bool {
	got := a.Header.Values(name)
	return a.check.Expect(len(got) == 1 && got[0] == want, a,
		name+": "+want, describeLines(name, got))
}

// HeaderAbsent verifies that the answer does not have the header.
func (a *Answer) HeaderAbsent(names ...string) bool {
	ok := true
	for _, name := range names {
		got := a.Header.Values(name)
		ok = a.check.Expect(len(got) == 0, a, "no header "+name, describeLines(name, got)) && ok
	}
	return ok
}

func describeLines(name string, lines []string) string {
	switch len(lines) {
	case 0:
		return "no header " + name
	case 1:
		return name + ": " + lines[0]
	}
	return fmt.Sprintf("%d lines of %s: %s", len(lines), name, strings.Join(lines, " | "))
}

// Challenge verifies that the answer has exactly one WWW-Authenticate line,
// that it is well formed, and that scheme, realm, error, description and scope
// are those wanted, in any order of attributes.
func (a *Answer) Challenge(want gafaelfawr.Challenge) bool {
	c, lines := a.check, a.Header.Values(gafaelfawr.HeaderWWWAuthenticate)
	expected := "exactly one line " + gafaelfawr.HeaderWWWAuthenticate + ": " + want.String()
	actual := describeLines(gafaelfawr.HeaderWWWAuthenticate, lines)
	if len(lines) != 1 {
		return c.Expect(false, a, expected, fmt.Sprintf("status %d with %s", a.Code, actual))
	}
	got, err := gafaelfawr.ParseChallenge(lines[0])
	if err != nil {
		return c.Expect(false, a, expected, actual+" ("+err.Error()+")")
	}
	same := strings.EqualFold(got.Scheme, want.Scheme) && len(got.Attributes) == len(want.Attributes)
	for _, attribute := range want.Attributes {
		same = same && got.Get(attribute.Name) == attribute.Value
	}
	return c.Expect(same, a, expected, actual)
}

// WantChallenge is the Bearer challenge of this deployment with that error,
// its description and scopes; no error is the challenge to a caller without
// credentials.
func (c *Check) WantChallenge(kind, description string, scopes ...string) gafaelfawr.Challenge {
	return gafaelfawr.NewChallenge("Bearer", c.run.env.Host(), kind, description, strings.Join(scopes, " "))
}

// ErrorBody verifies that the body is Gafaelfawr's JSON with one detail of
// that type and message, which the error mapping passes on for 400 and 429.
func (a *Answer) ErrorBody(kind, message string) bool {
	expected := fmt.Sprintf(`application/json: {"detail": [{"msg": %q, "type": %q}]}`, message, kind)
	body, err := gafaelfawr.ParseErrorBody(a.Body)
	ok := err == nil && strings.HasPrefix(a.Header.Get("Content-Type"), "application/json") &&
		len(body.Details) == 1 && body.Details[0].Type == kind && body.Details[0].Message == message
	return a.check.Expect(ok, a, expected, a.Excerpt())
}

// NotFromBackend verifies that the request did not reach Muster: its answers
// name themselves in a header.
func (a *Answer) NotFromBackend() bool {
	instance := a.Header.Get(muster.InstanceHeader)
	report, _ := a.report()
	return a.check.Expect(instance == "" && report == nil, a,
		"an answer of the ingress, without asking the application",
		"the application answered: "+a.Excerpt())
}

// Report is Muster's report in the answer; without one the check ends.
func (a *Answer) Report() *muster.Report {
	r, err := a.report()
	a.check.Must(err == nil, a, "status 200 and a report of Muster", fmt.Sprint(err))
	return r
}

// Sighting is what reached Muster; without it the check ends.
func (a *Answer) Sighting() muster.Sighting {
	a.MustStatus(200)
	return a.Report().Sighting
}

// Sees verifies that exactly these lines of a header reached Muster, secrets
// compared by fingerprint. No value means that none may have.
func (a *Answer) Sees(name string, want ...string) bool {
	redacted := make([]string, len(want))
	for i, v := range want {
		redacted[i] = gafaelfawr.RedactHeader(name, v)
	}
	got := a.Sighting().Values(name)
	expected := "no header " + name + " at the application"
	if len(want) > 0 {
		expected = "at the application: " + describeLines(name, redacted)
	}
	return a.check.Expect(slices.Equal(got, redacted), a, expected, "at the application: "+describeLines(name, got))
}

// Hides verifies that the token reached Muster in no header line at all.
func (a *Answer) Hides(id *Identity) bool {
	var leaks []string
	for _, line := range a.Sighting().Headers {
		if strings.Contains(line.Value(), id.Token.Fingerprint()) {
			leaks = append(leaks, line.Name()+": "+line.Value())
		}
	}
	return a.check.Expect(len(leaks) == 0, a,
		"the caller's token ("+id.Token.Fingerprint()+") in no header at the application",
		"it is in "+strings.Join(leaks, " | "))
}

// Equal records a failure unless both are equal; what names the fact.
func (c *Check) Equal(about *Answer, what string, want, got any) bool {
	return c.Expect(assert.ObjectsAreEqual(want, got), about,
		fmt.Sprintf("%s %v", what, want), fmt.Sprintf("%s %v", what, got))
}
