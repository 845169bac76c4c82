// Package findings keeps what one check finds. It knows the environment and the
// answers of the deployment, and neither package testing nor the run.
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

// Recorder records what is not as it should be, and what ended the check early.
// One goroutine uses it; Remark is safe for more.
type Recorder struct {
	run      context.Context
	env      *environment.Environment
	failures []Failure
	// skipped and blocked are reasons why the check did not run: it does not
	// apply here, or something that it cannot do without is missing.
	skipped, blocked string
	// unproven is what the check could not try, by the reason.
	unproven map[string][]string
	// remarks are printed whatever the outcome.
	remarking sync.Mutex
	remarks   []string
	// namespaces are those that failures concern.
	namespaces []string
	// unread are what the account may not read of what the check judges.
	unread []string
	// forbidden says that the check ended because nothing of that may be read.
	forbidden bool
}

// NewRecorder is the recorder of one check. What fails after the end of the run
// says nothing about the deployment.
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
	// What was asked for may be in order.
	f.Unable = f.Unable || f.Code == verdict.CodeConnectionLost || f.Code == verdict.CodeLimited
	if f.About != nil {
		f.Path, f.Declared = r.pathOf(f.About)
		f.Declared = f.Declared && !f.Unable // what was not tried says nothing of a path
	}
	if !slices.ContainsFunc(r.failures, f.same) {
		r.failures = append(r.failures, f)
	}
	return false
}

// pathOf is the path that an answer is about, and whether the environment
// declares it as another application's: it says nothing of the whole deployment.
func (r *Recorder) pathOf(about *client.Response) (path string, declared bool) {
	others := r.env.Protected
	if r.env.Muster.Deployed == environment.NoMuster && len(others) > 0 {
		others = others[1:] // the first stands for all
	}
	path, _, _ = strings.Cut(about.Request.Target.Path, "?")
	return path, slices.ContainsFunc(others, func(p environment.Target) bool { return p.Path == path })
}

// Remark is printed with the outcome, whatever it is.
func (r *Recorder) Remark(format string, args ...any) {
	r.remarking.Lock()
	defer r.remarking.Unlock()
	if text := fmt.Sprintf(format, args...); !slices.Contains(r.remarks, text) {
		r.remarks = append(r.remarks, text)
	}
}

// Concerns names a namespace in which evidence is to be gathered if the check
// fails.
func (r *Recorder) Concerns(namespace string) {
	if namespace != "" && !slices.Contains(r.namespaces, namespace) {
		r.namespaces = append(r.namespaces, namespace)
	}
}

// NotProven records what the check could not try, by its reason: without a
// failure, the check is then not met.
func (r *Recorder) NotProven(why, what string) {
	if r.unproven == nil {
		r.unproven = map[string][]string{}
	}
	if !slices.Contains(r.unproven[why], what) {
		r.unproven[why] = append(r.unproven[why], what)
	}
}

// Unread notes what the account may not read of what the check judges.
func (r *Recorder) Unread(what string) {
	if !slices.Contains(r.unread, what) {
		r.unread = append(r.unread, what)
	}
}
