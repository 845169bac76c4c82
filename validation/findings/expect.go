package findings

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/stretchr/testify/assert"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// Expect records a failure unless ok. about is the answer that shows it, or
// nil. Rules of package diagnoses match the reason, if there is one.
func (r *Recorder) Expect(ok bool, about Subject, expected, actual string, reason ...Reason) bool {
	return ok || r.Record(Failure{Finding: New(expected, actual, reason...), About: subject(about)})
}

// Closed is Expect for something that keeps callers out. A failure is a hole,
// which comes first in the report.
func (r *Recorder) Closed(ok bool, about Subject, expected, actual string, reason ...Reason) bool {
	f := Failure{Finding: New(expected, actual, reason...), About: subject(about)}
	f.Hole = true
	return ok || r.Record(f)
}

// Must is Expect that ends the check on a failure, because the rest would only
// repeat it.
func (r *Recorder) Must(ok bool, about Subject, expected, actual string, reason ...Reason) {
	if !r.Expect(ok, about, expected, actual, reason...) {
		r.End()
	}
}

// NoError ends the check because a preparation failed.
func (r *Recorder) NoError(err error, what string) {
	if err != nil {
		r.Unable(nil, what, client.Describe(err), Because(err))
	}
}

// Equal records a failure unless both are equal; what names the fact.
func (r *Recorder) Equal(about Subject, what string, want, got any) bool {
	return r.Expect(assert.ObjectsAreEqual(want, got), about,
		fmt.Sprintf("%s %v", what, want), fmt.Sprintf("%s %v", what, got), verdict.Value(what, want, got))
}

// ErrorStatus verifies that Gafaelfawr's API refused with the status.
func (r *Recorder) ErrorStatus(err error, status int, what string) {
	var api *gafaelfawr.APIError
	answered := errors.As(err, &api)
	if answered && api.Status == status {
		return
	}
	want := strconv.Itoa(status)
	f := Failure{
		Finding: New("status "+want+" to "+what, "it succeeded", verdict.Of(verdict.CodeSucceeded, "want", want)),
	}
	if f.Hole = err == nil && Refusal(status); err != nil {
		f.Actual, f.Unable, f.Reason = client.Describe(err), !answered, Because(err)
		if answered {
			f.Args["want"] = want
		}
	}
	r.Record(f)
}

// named is an object that a finding may be about.
type named interface {
	fmt.Stringer
	Namespace() string
}

// ExpectOf is Expect for a fact about an object. The text names the object, and
// evidence is gathered in its namespace.
func (r *Recorder) ExpectOf(o named, ok bool, expected, actual string, reason ...Reason) bool {
	if ok {
		return true
	}
	r.Concerns(o.Namespace())
	f := Failure{Finding: New(expected, o.String()+": "+actual, reason...)}
	f.Object = o.String()
	return r.Record(f)
}
