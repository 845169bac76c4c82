// Package readiness waits until a deployment is installed: until Argo CD is
// done with its Applications and their paths are served.
package readiness

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/cluster"
	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/findings"
	"github.com/lsst-sqre/muster/validation/kubernetes/ingressnginx"
	"github.com/lsst-sqre/muster/validation/message"
	"github.com/lsst-sqre/muster/validation/preconditions"
	"github.com/lsst-sqre/muster/validation/sweep"
)

// waitPause is the pause between two looks at the deployment.
const waitPause = 2 * time.Second

// Look has the clients for one look.
type Look struct {
	*findings.Recorder
	*cluster.Cluster
	*sweep.Sweeper
	ctx context.Context
}

// Options configure the wait.
type Options struct {
	*preconditions.Access
	// Context is the run's context.
	Context context.Context
	// New returns the clients for a look. Each look has lists of its own.
	New func(context.Context) Look
	// Limit bounds the whole wait. Settle bounds the time in which no path
	// becomes ready.
	Limit, Settle time.Duration
	// Screen shows the progress.
	Screen io.Writer
	pause  time.Duration
}

// Await waits, at most as long as the limit, until Argo CD has installed all
// Applications of the environment. Then it waits, as long as Settle says, until
// every path behind Gafaelfawr is served, because Argo CD knows nothing about
// GafaelfawrIngresses. It only delays the checks; they report what is still
// wrong.
func Await(o Options) error {
	o.pause = cmp.Or(o.pause, waitPause)
	if !o.Env.Has(environment.Kubernetes) {
		return fmt.Errorf("-wait asks Kubernetes, and environment %q does not declare the feature kubernetes: "+
			"write features: [kubernetes, argocd], or pass -wait=0", o.Env.Name)
	}
	if _, err := o.Kube(); err != nil {
		return err
	}
	show := newProgress(o.Screen)
	defer show.end()
	deadline, cancel := context.WithTimeoutCause(o.Context, o.Limit, fmt.Errorf("-wait %s is over", o.Limit))
	defer cancel()
	if o.Env.Has(environment.ArgoCD) {
		o.watch(deadline, show, "Applications of Argo CD", o.unready)
	}
	if deadline.Err() != nil {
		return nil
	}
	settling, over := context.WithCancelCause(deadline)
	defer over(nil)
	var waiting map[string]bool
	// -settle counts from the last progress, because requesting thousands of
	// paths takes longer.
	patience := time.AfterFunc(time.Hour, func() { over(fmt.Errorf("-settle %s is over", o.Settle)) })
	defer patience.Stop()
	looked := false
	o.watch(settling, show, "paths behind Gafaelfawr", func(l Look) (left []string, of int) {
		before := len(waiting)
		defer func() {
			if !looked || len(waiting) < before {
				patience.Reset(o.Settle)
			}
			looked = true
		}()
		if waiting, of = o.unserved(l, waiting); len(waiting) == 0 {
			return nil, of
		}
		for path := range waiting {
			left = append(left, path+" is not served")
		}
		return slices.Sorted(slices.Values(left)), of
	})
	return nil
}

// watch looks until nothing is left to wait for, and shows what is left. It
// gives up if it lacks a permission, because a check reports that.
func (o Options) watch(ctx context.Context, show *progress, what string, look func(Look) (left []string, of int)) {
	err := client.Poll(ctx, o.pause, func(ctx context.Context) error {
		left, of, err := o.peek(ctx, look)
		switch {
		case errors.As(err, new(*findings.ForbiddenError)):
			show.last(what + ": not waited for: " + err.Error())
			return nil
		case err != nil:
			show.line(what + ": " + err.Error())
			return err
		case len(left) == 0:
			show.line(fmt.Sprintf("%s: all %d ready", what, of))
			return nil
		}
		show.line(fmt.Sprintf("%s: %d of %d ready; %s", what, max(0, of-len(left)), of, message.Few(left)))
		return errors.New("not all are ready")
	})
	if err != nil {
		show.last(what + ": not all became ready, " + context.Cause(ctx).Error() + "; the checks tell more")
	}
}

// peek looks as checks do, but outside of any check. It tries what
// preconditions try first, because a precondition remembers its first failure.
func (o Options) peek(ctx context.Context, look func(Look) ([]string, int)) (left []string, of int, err error) {
	if err := o.TryKubernetes(ctx); err != nil {
		return nil, 0, err
	}
	l := o.New(ctx)
	l.ctx = ctx
	err = l.Try(func() { left, of = look(l) })
	return left, of, err
}

// unready returns the Applications that Argo CD is not done with or that do not
// exist yet.
func (o Options) unready(l Look) (left []string, of int) {
	argo := o.Env.ArgoCD
	missing := slices.Clone(argo.Applications)
	for _, a := range l.ApplicationsOfEnvironment() {
		of++
		missing = slices.DeleteFunc(missing, func(name string) bool { return name == a.Meta.Name })
		if state := a.Unready(slices.Contains(argo.OutOfSync, a.Meta.Name)); state != "" {
			left = append(left, a.Meta.Name+" "+state)
		}
	}
	if of == 0 { // without Applications nothing was waited for
		return []string{fmt.Sprintf("none in namespace %s with the selector %q", argo.Namespace, argo.Selector)}, len(missing)
	}
	for _, name := range missing {
		left = append(left, name+" is missing")
	}
	of += len(missing)
	slices.Sort(left)
	return left, of
}

// unserved returns the guarded paths that do not yet refuse a caller without
// credentials. It requests only those of the last time; nil means all.
func (o Options) unserved(l Look, last map[string]bool) (waiting map[string]bool, of int) {
	if err := cmp.Or(o.Client.Connect(l.ctx), o.Client.VerifyCertificate(l.ctx), o.TryFront(l.ctx)); err != nil {
		l.Block(err.Error())
	}
	waiting = map[string]bool{}
	routes := l.Routes()
	asked := func(r ingressnginx.Route) bool {
		if r.Access != ingressnginx.Guarded {
			return false
		}
		of++
		key := r.Host + r.Path
		waiting[key] = last == nil || last[key] // until it refuses a request
		return waiting[key]
	}
	results := l.Sweep(routes, asked, client.Request{})
	for _, v := range results {
		delete(waiting, v.Host+v.Path)
	}
	for _, v := range results {
		if !v.Refused(routes) {
			waiting[v.Host+v.Path] = true
		}
	}
	maps.DeleteFunc(waiting, func(_ string, still bool) bool { return !still })
	return waiting, of
}
