// Package findings records what one check finds. It knows the environment and
// the deployment's answers, but neither package testing nor the run.
package findings

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// Recorder records failures, and what ended the check early. Only Remark is
// safe for concurrent use.
type Recorder struct {
	run      context.Context
	env      *environment.Environment
	failures []Failure
	// unlisted is how many others there were.
	unlisted int
	// skipped and blocked say why the check did not run: it does not apply here,
	// or a precondition is missing.
	skipped, blocked string
	// unproven holds what the check could not try, by reason.
	unproven map[string][]string
	// remarks are printed in any case.
	remarking sync.Mutex
	remarks   []string
	// namespaces are the namespaces of the failures.
	namespaces []string
	// unread names the objects of the check that the account may not read.
	unread []string
	// forbidden says that the check ended because none of them may be read.
	forbidden bool
}

// NewRecorder returns the recorder of one check. A failure after the end of the
// run says nothing about the deployment.
func NewRecorder(run context.Context, env *environment.Environment) *Recorder {
	return &Recorder{run: run, env: env}
}

// Record files a failure, and returns false.
func (r *Recorder) Record(f Failure) bool {
	f.Expected, f.Actual = gafaelfawr.Excerpt(f.Expected, textLimit), gafaelfawr.Excerpt(f.Actual, textLimit)
	for name, value := range f.Args {
		f.Args[name] = gafaelfawr.Excerpt(value, textLimit)
	}
	f.late = r.run.Err() != nil
	// The obligation may be met nevertheless.
	f.Unable = f.Unable || f.Code == verdict.CodeConnectionLost || f.Code == verdict.CodeLimited
	if f.About != nil {
		f.HTTP2 = f.About.Request.HTTP2
		f.Path, f.Declared = r.pathOf(f.About)
		f.Declared = f.Declared && !f.Unable // an untried request says nothing about a path
	}
	r.keep(f)
	return false
}

// mostFailures bounds the failures of one check: nobody reads more, and a tenant
// may have thousands of objects.
const mostFailures = 1000

// keep adds a failure that is new. Where there are too many, one that lets
// somebody in takes the place of another.
func (r *Recorder) keep(f Failure) {
	switch {
	case slices.ContainsFunc(r.failures, f.same):
		return
	case len(r.failures) < mostFailures:
		r.failures = append(r.failures, f)
		return
	case f.Opens(true):
		for i, other := range slices.Backward(r.failures) {
			if !other.Opens(true) {
				r.failures[i] = f
				break
			}
		}
	}
	r.unlisted++
}

// pathOf returns the path of an answer, and whether the environment declares it
// as another application's. Such a path says nothing about the whole
// deployment.
func (r *Recorder) pathOf(about *client.Response) (path string, declared bool) {
	others := r.env.Protected
	if r.env.Muster.Deployed == environment.NoMuster && len(others) > 0 {
		others = others[1:] // the first one represents all
	}
	path, _, _ = strings.Cut(about.Request.Target.Path, "?")
	return path, slices.ContainsFunc(others, func(p environment.Target) bool { return p.Path == path })
}

// Remark prints a remark with the outcome, whatever that is.
func (r *Recorder) Remark(format string, args ...any) {
	r.remarking.Lock()
	defer r.remarking.Unlock()
	if text := fmt.Sprintf(format, args...); !slices.Contains(r.remarks, text) {
		r.remarks = append(r.remarks, text)
	}
}

// Concerns names a namespace for the evidence of a failure.
func (r *Recorder) Concerns(namespace string) {
	if namespace != "" && !slices.Contains(r.namespaces, namespace) {
		r.namespaces = append(r.namespaces, namespace)
	}
}

// NotProven records what the check could not try, by reason. Without a failure
// the check is then not run.
func (r *Recorder) NotProven(why, what string) {
	if r.unproven == nil {
		r.unproven = map[string][]string{}
	}
	if !slices.Contains(r.unproven[why], what) {
		r.unproven[why] = append(r.unproven[why], what)
	}
}

// Unread notes objects of the check that the account may not read.
func (r *Recorder) Unread(what string) {
	if !slices.Contains(r.unread, what) {
		r.unread = append(r.unread, what)
	}
}
