// Package readiness waits until a deployment is installed: until Argo CD is done
// with its Applications, and until their paths are served.
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

// waitPause lies between two looks at the deployment.
const waitPause = 2 * time.Second

// Look is what is looked with.
type Look struct {
	*findings.Recorder
	*cluster.Cluster
	*sweep.Sweeper
	ctx context.Context
}

// Options are what is waited with, and for how long.
type Options struct {
	*preconditions.Access
	// Context is that of the run.
	Context context.Context
	// New has what is looked with; each look is a new one, with lists of its own.
	New func(context.Context) Look
	// Limit bounds all, Settle how long no path becomes ready.
	Limit, Settle time.Duration
	// Screen is where the progress is shown.
	Screen io.Writer
	pause  time.Duration
}

// Await waits at most for the limit until Argo CD has installed all Applications
// of the environment, and then as long as Settle says until every path behind
// Gafaelfawr is served: Argo CD knows nothing of GafaelfawrIngresses. It only
// delays the checks, which then tell what is still not as it should be.
func Await(o Options) error {
	o.pause = cmp.Or(o.pause, waitPause)
	if !o.Env.Has(environment.Kubernetes) {
		return fmt.Errorf("-wait asks Kubernetes, and environment %q does not declare the feature kubernetes", o.Env.Name)
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
	// -settle counts from the last progress: to ask for thousands of paths takes longer.
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

// watch looks until nothing is left to wait for, and shows what is. Where it
// may not look it gives up: a check will say so.
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

// peek looks with what checks look with, outside of any check. The preconditions of
// checks remember the first failure, so what they try is tried before them.
func (o Options) peek(ctx context.Context, look func(Look) ([]string, int)) (left []string, of int, err error) {
	if err := o.TryKubernetes(ctx); err != nil {
		return nil, 0, err
	}
	l := o.New(ctx)
	l.ctx = ctx
	err = l.Try(func() { left, of = look(l) })
	return left, of, err
}

// unready are the Applications that Argo CD is not done with, and those that
// are not there yet.
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
	if of == 0 { // to wait for none is to have waited for nothing
		return []string{fmt.Sprintf("none in namespace %s with the selector %q", argo.Namespace, argo.Selector)}, len(missing)
	}
	for _, name := range missing {
		left = append(left, name+" is missing")
	}
	of += len(missing)
	slices.Sort(left)
	return left, of
}

// unserved are the guarded paths that do not refuse a caller without
// credentials yet, of those that did not the last time; nil is for all.
func (o Options) unserved(l Look, last map[string]bool) (waiting map[string]bool, of int) {
	if err := cmp.Or(
		o.Client.Connect(l.ctx),
		o.Client.VerifyCertificate(l.ctx),
		o.TryFront(l.ctx),
	); err != nil {
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
		waiting[key] = last == nil || last[key] // until it is asked, and refuses
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
