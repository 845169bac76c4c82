package suite

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/stretchr/testify/assert" // ObjectsAreEqual: the comparison that tests use

	"github.com/lsst-sqre/muster/muster"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// Status verifies the status of the answer, one of those given.
func (a *Answer) Status(want ...int) bool {
	if slices.Contains(want, a.Code) {
		return true // an excerpt costs more than all else here
	}
	verify := a.check.Expect
	if a.Code/100 == 2 && !slices.ContainsFunc(want, func(status int) bool { return !refusal(status) }) {
		verify = a.check.Closed
	}
	return verify(false, a, "status "+verdict.Statuses(want), a.Excerpt(), a.status(want...))
}

// status is the reason for another status than those wanted.
func (a *Answer) status(want ...int) Reason {
	return verdict.Status(a.Code, a.Header.Get("Content-Type"), want...)
}

// other is the reason for an answer that is not the one wanted: its status, or
// else what is wrong with its body.
func (a *Answer) other(code verdict.Code, want int) Reason {
	if a.Code != want {
		return a.status(want)
	}
	return verdict.Of(code, "status", strconv.Itoa(a.Code), "type", a.Header.Get("Content-Type"))
}

// refusal reports whether a status keeps the caller out for good: 429 lets in
// who waits.
func refusal(status int) bool { return status >= 400 && status < 429 }

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
		name+": "+want, describeLines(name, got), verdict.Header("", name, got, want))
}

// HeaderIsDate verifies that the header is a date of HTTP (RFC 9110, section
// 5.6.7), and not a number of seconds.
func (a *Answer) HeaderIsDate(name string) bool {
	_, err := http.ParseTime(a.Header.Get(name))
	got := a.Header.Values(name)
	return a.check.Expect(err == nil && len(got) == 1, a, name+": an HTTP date", describeLines(name, got),
		verdict.Header("", name, got, "an HTTP date"))
}

// Date is when the answer was sent, by the clock of the edge; now by this
// machine's where it does not say.
func (a *Answer) Date() time.Time {
	date, err := http.ParseTime(a.Header.Get("Date"))
	if err != nil {
		return time.Now()
	}
	return date
}

// HeaderAbsent verifies that the answer does not have the header.
func (a *Answer) HeaderAbsent(names ...string) bool {
	ok := true
	for _, name := range names {
		got := a.Header.Values(name)
		ok = a.check.Expect(len(got) == 0, a, "no header "+name, describeLines(name, got), verdict.Header("", name, got)) && ok
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
		return c.Expect(false, a, expected, actual+" ("+err.Error()+")", verdict.Of(verdict.CodeChallengeMalformed, "status", status))
	}
	different := differences(got, want)
	for _, d := range different {
		c.Expect(false, a, expected, actual+" ("+d.text+")",
			verdict.Of(verdict.CodeChallengeAttribute, "name", d.name, "got", d.got, "want", d.want))
	}
	return len(different) == 0
}

// difference is one that a challenge has from the one wanted.
type difference struct{ name, got, want, text string }

// differences are what a challenge has otherwise than wanted.
func differences(got, want gafaelfawr.Challenge) []difference {
	var all []difference
	if !strings.EqualFold(got.Scheme, want.Scheme) {
		all = append(all, difference{"scheme", got.Scheme, want.Scheme, "it is not " + want.Scheme})
	}
	for _, attribute := range want.Attributes {
		if value := got.Get(attribute.Name); value != attribute.Value {
			all = append(all, difference{attribute.Name, value, attribute.Value, fmt.Sprintf("%s is not %q", attribute.Name, attribute.Value)})
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

// Unauthorized verifies that the caller was not let in for lack of a valid
// token: 401, or the redirect to the login on a route that has it, with the
// challenge in both cases (recorded), and without asking the application.
func (a *Answer) Unauthorized(want gafaelfawr.Challenge) {
	redirects := a.Request.Target.LoginRedirect
	if !a.Status(map[bool]int{true: 302, false: 401}[redirects]) {
		a.NotFromBackend()
		return
	}
	if redirects {
		login := "https://" + a.check.run.env.Host() + "/login"
		got := a.Location()
		target, err := url.Parse(got)
		back := err == nil && target.Query().Get("rd") == a.check.run.env.URL+a.Request.Target.Path
		a.check.Expect(back && strings.HasPrefix(got, login+"?"), a, "Location: "+login+"?rd= and this page", "Location: "+got,
			verdict.Header("", "Location", []string{got}, login))
	}
	a.Challenge(want)
	a.NotFromBackend()
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
	ok := err == nil && a.isJSON() &&
		len(body.Details) == 1 && body.Details[0].Type == kind && body.Details[0].Message == message
	return ok || a.check.Expect(false, a, expected, a.Excerpt(), verdict.Of(verdict.CodeBody, "status", strconv.Itoa(a.Code), "type", a.Header.Get("Content-Type")))
}

// NotFromBackend verifies that the request did not reach Muster: its answers
// name themselves in a header.
func (a *Answer) NotFromBackend() bool {
	instance := a.Header.Get(muster.InstanceHeader)
	report, _ := a.report()
	return instance == "" && report == nil || a.check.Closed(false, a,
		"an answer of the ingress, without asking the application",
		"the application answered: "+a.Excerpt(), verdict.Of(verdict.CodeBackendAnswered, "status", strconv.Itoa(a.Code)))
}

// Report is Muster's report in the answer; without one the check ends.
func (a *Answer) Report() *muster.Report {
	r, err := a.report()
	if err != nil {
		a.check.Must(false, a, "status 200 and a report of Muster", a.Excerpt(), a.other(verdict.CodeNoReport, 200))
	}
	return r
}

// Sighting is what reached Muster. Where it is not Muster's report that came
// back, a failure is recorded and the sighting is empty.
func (a *Answer) Sighting() muster.Sighting {
	s, _ := a.sighting()
	return s
}

func (a *Answer) sighting() (muster.Sighting, bool) {
	r, err := a.report()
	if err == nil && a.Code == 200 {
		return r.Sighting, true
	}
	a.check.Expect(false, a, "status 200 and a report of Muster", a.Excerpt(), a.other(verdict.CodeNoReport, 200))
	return muster.Sighting{}, false
}

// ReportPasses verifies that the request was let in, and that Muster itself
// finds nothing wrong with it, where it is one that reports.
func (a *Answer) ReportPasses() bool {
	if a.check.run.env.Muster.Deployed != GoMuster {
		return a.Status(200)
	}
	if _, ok := a.sighting(); !ok {
		return false
	}
	r, _ := a.report()
	for _, failed := range r.Checks {
		if failed.Outcome == muster.Fail {
			a.check.Expect(false, a, "Muster's report to pass", "it fails: "+failed.Name+": "+failed.Message,
				verdict.Of(verdict.CodeProbeCheck, "name", failed.Name))
		}
	}
	return r.Status == muster.Pass || a.check.Expect(false, a, "Muster's report to pass", "it fails: "+a.FailedChecks())
}

// FailedChecks are the messages of those of Muster's own checks that failed.
func (a *Answer) FailedChecks() string {
	r, err := a.report()
	if err != nil {
		return a.Excerpt()
	}
	var messages []string
	for _, check := range r.Checks {
		if check.Outcome == muster.Fail {
			messages = append(messages, check.Name+": "+check.Message)
		}
	}
	return strings.Join(messages, "; ")
}

// FailedCheck is the reason for the first of Muster's own checks that failed.
func (a *Answer) FailedCheck() Reason {
	r, err := a.report()
	if err != nil {
		return a.other(verdict.CodeNoReport, 200)
	}
	for _, check := range r.Checks {
		if check.Outcome == muster.Fail {
			return verdict.Of(verdict.CodeProbeCheck, "name", check.Name)
		}
	}
	return Reason{Code: verdict.CodeUnmet}
}

// TokenInfo is what Gafaelfawr told Muster of the delegated token; without it
// the check ends.
func (a *Answer) TokenInfo() gafaelfawr.TokenInfo {
	info := a.Report().TokenInfo
	a.check.Must(info != nil, a, "token-info in Muster's report", "none: "+a.FailedChecks(), a.FailedCheck())
	return *info
}

// Sees verifies that exactly these lines of a header reached Muster, secrets
// compared by fingerprint. No value means that none may have.
func (a *Answer) Sees(name string, want ...string) bool {
	s, ok := a.sighting()
	if !ok {
		return false
	}
	redacted := make([]string, len(want))
	for i, v := range want {
		redacted[i] = gafaelfawr.RedactHeader(name, v)
	}
	got := s.Values(name)
	verify := a.check.Expect
	if slices.ContainsFunc(got, func(v string) bool { return !slices.Contains(redacted, v) && leak(name, v, want) }) {
		verify = a.check.Closed
	}
	return verify(slices.Equal(got, redacted), a,
		"at the application: "+describeLines(name, redacted), "at the application: "+describeLines(name, got),
		verdict.Header(verdict.Application, name, got, redacted...))
}

// leak reports whether a line that should not have reached the application
// carries a credential or an identity, and is not merely changed.
func leak(name, redacted string, want []string) bool {
	name = strings.ReplaceAll(name, "_", "-")
	identity := slices.ContainsFunc(gafaelfawr.IdentityHeaders, func(h string) bool { return strings.EqualFold(h, name) })
	return identity || len(want) == 0 && name == gafaelfawr.HeaderAuthorization ||
		strings.Contains(redacted, "gt-<") || strings.Contains(redacted, "gafaelfawr=<")
}

// Hides verifies that the token reached Muster in no header line at all.
func (a *Answer) Hides(id *Identity) bool {
	var leaks []string
	for _, line := range a.Sighting().Headers {
		if strings.Contains(line.Value(), id.Token.Fingerprint()) {
			leaks = append(leaks, line.Name()+": "+line.Value())
		}
	}
	return a.check.Closed(len(leaks) == 0, a,
		"the caller's token ("+id.Token.Fingerprint()+") in no header at the application",
		"it is in "+strings.Join(leaks, " | "), verdict.Of(verdict.CodeTokenLeaked, "header", strings.Join(leaks, " | ")))
}

// JSON verifies that the answer is 200 with exactly this JSON.
func (a *Answer) JSON(want any) bool {
	expected, err := json.Marshal(want)
	if err != nil {
		return a.check.Expect(false, a, "a value for JSON", err.Error())
	}
	var got, parsed any
	same := a.Code == 200 && a.isJSON() && json.Unmarshal(a.Body, &got) == nil && json.Unmarshal(expected, &parsed) == nil &&
		assert.ObjectsAreEqual(parsed, got)
	return a.check.Expect(same, a, "status 200 with exactly "+string(expected), a.Excerpt(), a.other(verdict.CodeBody, 200))
}
