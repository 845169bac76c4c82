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

// ended is what the methods that end a check early panic with.
type ended struct{}

// End ends the check.
func (r *Recorder) End() { panic(ended{}) }

// Skip ends the check: it does not apply to this environment.
func (r *Recorder) Skip(reason string) {
	r.skipped = reason
	r.End()
}

// Block ends the check: something is missing that it cannot do without, so
// that the run as a whole is incomplete.
func (r *Recorder) Block(reason string) {
	r.blocked = reason
	r.End()
}

// Forbidden ends the check, for which the account lacks a permission. The run is
// then incomplete, unless the environment says that the account is meant to be
// so.
func (r *Recorder) Forbidden(what string) {
	r.forbidden = true
	if !r.env.Kubernetes.Restricted {
		r.Block(what)
	}
	r.Skip(what)
}

// Unable ends the check, which failed before it came to what it is about.
func (r *Recorder) Unable(about Subject, expected, actual string, reason ...Reason) {
	f := Failure{Finding: New(expected, actual, reason...), About: subject(about)}
	f.Unable = true
	r.Record(f)
	r.End()
}

// Recover records what a check panicked with, but for what ends it early.
func (r *Recorder) Recover(cause any, stack []byte) {
	if cause == nil || cause == any(ended{}) {
		return
	}
	f := Failure{Finding: New("the check to run to its end",
		fmt.Sprintf("it panicked, which is a defect of the suite: %v\n%s", cause, stack), verdict.Of(verdict.CodePanic))}
	f.Unable = true
	r.Record(f)
}

// Conclude blocks a check that recorded failures while the run was being stopped,
// and returns why the run was; "" where there are none. It also blocks a check
// that found nothing wrong and could not try a part.
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
	// Skipped and Blocked are reasons why the check did not run.
	Skipped, Blocked string
	Remarks          []string
	// Namespaces are those that failures concern.
	Namespaces []string
	// Unread are what the account may not read of what the check judges.
	Unread []string
}

// Found is what was found until now.
func (r *Recorder) Found() Found {
	r.remarking.Lock()
	defer r.remarking.Unlock()
	return Found{Failures: r.failures, Skipped: r.skipped, Blocked: r.blocked, Remarks: r.remarks,
		Namespaces: r.namespaces, Unread: r.unread}
}

// ForbiddenError says what the account may not read.
type ForbiddenError struct{ what string }

// Error says it.
func (e *ForbiddenError) Error() string { return e.what }

// Try runs what a check would do outside of any check; the error is what ended
// it early.
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
