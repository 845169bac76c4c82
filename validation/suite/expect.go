package suite

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/stretchr/testify/assert"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// Expect records a failure unless ok; about is the answer that shows it, or nil.
// The reason is what rules of package diagnoses go by, where one does.
func (c *Check) Expect(ok bool, about *Answer, expected, actual string, reason ...Reason) bool {
	return ok || c.record(failure{Finding: finding(expected, actual, reason...), about: about.response()})
}

// Closed is Expect of what keeps callers out, or what is another's from them:
// where it is not so, that is a hole, which comes before all else.
func (c *Check) Closed(ok bool, about *Answer, expected, actual string, reason ...Reason) bool {
	f := failure{Finding: finding(expected, actual, reason...), about: about.response()}
	f.Hole = true
	return ok || c.record(f)
}

// Must is Expect that ends the check where it is not met: what follows would
// only repeat the same.
func (c *Check) Must(ok bool, about *Answer, expected, actual string, reason ...Reason) {
	if !c.Expect(ok, about, expected, actual, reason...) {
		panic(ended{})
	}
}

// NoError ends the check where something failed that had to be done first.
func (c *Check) NoError(err error, what string) {
	if err != nil {
		c.unable(what, client.Describe(err), Because(err))
	}
}

// Equal records a failure unless both are equal; what names the fact.
func (c *Check) Equal(about *Answer, what string, want, got any) bool {
	return c.Expect(assert.ObjectsAreEqual(want, got), about,
		fmt.Sprintf("%s %v", what, want), fmt.Sprintf("%s %v", what, got), verdict.Value(what, want, got))
}

// ErrorStatus verifies that Gafaelfawr's API refused with that status.
func (c *Check) ErrorStatus(err error, status int, what string) bool {
	var api *gafaelfawr.APIError
	answered := errors.As(err, &api)
	if answered && api.Status == status {
		return true
	}
	want := strconv.Itoa(status)
	f := failure{
		Finding: finding("status "+want+" to "+what, "it succeeded", verdict.Of(verdict.CodeSucceeded, "want", want)),
	}
	if f.Hole = err == nil && refusal(status); err != nil {
		f.Actual, f.Unable, f.Reason = client.Describe(err), !answered, Because(err)
	}
	return c.record(f)
}

// named is an object that a finding can be about.
type named interface {
	fmt.Stringer
	Namespace() string
}

// ExpectOf is Expect of a fact about an object: the text names it, and
// evidence is gathered in its namespace.
func (c *Check) ExpectOf(o named, ok bool, expected, actual string, reason ...Reason) bool {
	if ok {
		return true
	}
	c.Concerns(o.Namespace())
	f := failure{Finding: finding(expected, o.String()+": "+actual, reason...)}
	f.Object = o.String()
	return c.record(f)
}
