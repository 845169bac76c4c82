package findings

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/message"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// ended is the panic value of methods that end a check early.
type ended struct{}

// End ends the check.
func (r *Recorder) End() { panic(ended{}) }

// Skip ends the check because it does not apply to this environment.
func (r *Recorder) Skip(reason string) {
	r.skipped = reason
	r.End()
}

// Block ends the check because a precondition is missing. The run as a whole is
// then incomplete.
func (r *Recorder) Block(reason string) {
	r.blocked = reason
	r.End()
}

// Forbidden ends the check because the account lacks a permission. The run is
// then incomplete, unless the environment says that the account is restricted.
func (r *Recorder) Forbidden(what string) {
	r.forbidden = true
	if !r.env.Kubernetes.Restricted {
		r.Block(what)
	}
	r.Skip(what)
}

// Unable ends the check because it failed before it could try its obligation.
func (r *Recorder) Unable(about Subject, expected, actual string, reason ...Reason) {
	f := Failure{Finding: New(expected, actual, reason...), About: subject(about)}
	f.Unable = true
	r.Record(f)
	r.End()
}

// Recover records a panic of a check, except one that ends it early.
func (r *Recorder) Recover(cause any, stack []byte) {
	if cause == nil || cause == any(ended{}) {
		return
	}
	f := Failure{Finding: New("the check to run to its end",
		fmt.Sprintf("it panicked, which is a defect of the suite: %v\n%s", cause, stack), verdict.Of(verdict.CodePanic))}
	f.Unable = true
	r.Record(f)
}

// Conclude blocks a check that recorded failures while the run was being
// stopped, and returns why the run was stopped. It also blocks a check that
// found nothing wrong but could not try a part.
func (r *Recorder) Conclude() (aborted string) {
	if late := func(f Failure) bool { return f.late }; slices.ContainsFunc(r.failures, late) {
		r.failures, aborted = slices.DeleteFunc(r.failures, late), client.WhyEnded(r.run).Error()
		r.blocked = aborted
	}
	var all []string
	for _, why := range slices.Sorted(maps.Keys(r.unproven)) {
		all = append(all, why+": "+message.Few(r.unproven[why]))
	}
	switch text := "not proven: " + strings.Join(all, "; "); {
	case len(all) == 0:
	case len(r.failures) == 0 && r.blocked == "" && r.skipped == "":
		r.blocked = text
	default:
		r.Remark("%s", text)
	}
	return aborted
}

// Found is what a check found.
type Found struct {
	Failures []Failure
	// Skipped and Blocked say why the check did not run.
	Skipped, Blocked string
	Remarks          []string
	// Namespaces are the namespaces of the failures.
	Namespaces []string
	// Unread names the objects of the check that the account may not read.
	Unread []string
}

// Found returns what was found so far.
func (r *Recorder) Found() Found {
	r.remarking.Lock()
	defer r.remarking.Unlock()
	remarks := slices.Clip(r.remarks)
	if r.unlisted > 0 {
		remarks = append(remarks, fmt.Sprintf("%d more failures are not listed", r.unlisted))
	}
	return Found{Failures: r.failures, Skipped: r.skipped, Blocked: r.blocked, Remarks: remarks,
		Namespaces: r.namespaces, Unread: r.unread}
}

// ForbiddenError names what the account may not read.
type ForbiddenError struct{ what string }

// Error implements error.
func (e *ForbiddenError) Error() string { return e.what }

// Try runs the body of a check outside of any check. It returns the error that
// ended it early.
func (r *Recorder) Try(body func()) (err error) {
	defer func() {
		switch p := recover(); {
		case p == nil:
		case p != any(ended{}):
			panic(p)
		case r.forbidden:
			err = &ForbiddenError{cmp.Or(r.blocked, r.skipped)}
		case len(r.failures) > 0:
			err = errors.New(r.failures[0].Actual)
		default:
			err = errors.New(r.blocked)
		}
	}()
	body()
	return nil
}
