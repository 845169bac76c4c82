package suite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/findings"
	"github.com/lsst-sqre/muster/validation/message"
)

// waitPause lies between two looks at the deployment.
const waitPause = 2 * time.Second

// await waits at most that long until Argo CD has installed all Applications
// of the environment, and then as long as -settle says until every path behind
// Gafaelfawr is served: Argo CD knows nothing of GafaelfawrIngresses. It only
// delays the checks, which then tell what is still not as it should be.
func (r *run) await(limit, pause time.Duration, w io.Writer) error {
	if !r.Env.Has(Kubernetes) {
		return fmt.Errorf("-wait asks Kubernetes, and environment %q does not declare the feature kubernetes", r.Env.Name)
	}
	if _, err := r.Kube(); err != nil {
		return err
	}
	show := newProgress(w)
	defer show.end()
	deadline, cancel := context.WithTimeoutCause(r.ctx, limit, fmt.Errorf("-wait %s is over", limit))
	defer cancel()
	if r.Env.Has(ArgoCD) {
		r.watch(deadline, pause, show, "Applications of Argo CD", r.unready)
	}
	if deadline.Err() != nil {
		return nil
	}
	settling, over := context.WithCancelCause(deadline)
	defer over(nil)
	var waiting map[string]bool
	// -settle counts from the last progress: to ask for thousands of paths takes longer.
	patience := time.AfterFunc(time.Hour, func() { over(fmt.Errorf("-settle %s is over", r.options.Settle)) })
	defer patience.Stop()
	looked := false
	r.watch(settling, pause, show, "paths behind Gafaelfawr", func(c *Check) (left []string, of int) {
		before := len(waiting)
		defer func() {
			if !looked || len(waiting) < before {
				patience.Reset(r.options.Settle)
			}
			looked = true
		}()
		if waiting, of = c.unserved(waiting); len(waiting) == 0 {
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
func (r *run) watch(
	ctx context.Context,
	pause time.Duration,
	show *progress,
	what string,
	look func(*Check) (left []string, of int),
) {
	err := client.Poll(ctx, pause, func(ctx context.Context) error {
		left, of, err := r.peek(ctx, look)
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
func (r *run) peek(ctx context.Context, look func(*Check) ([]string, int)) (left []string, of int, err error) {
	if err := r.TryKubernetes(ctx); err != nil {
		return nil, 0, err
	}
	// Each look is a new one, so it has lists of its own.
	c := &Check{Recorder: findings.NewRecorder(r.ctx, r.Env), run: r, o: Obligation{Needs: r.Env.Features},
		lists: &sync.Map{}}
	c.equip(ctx)
	err = c.Try(func() { left, of = look(c) })
	return left, of, err
}

// unready are the Applications that Argo CD is not done with, and those that
// are not there yet.
func (r *run) unready(c *Check) (left []string, of int) {
	argo := r.Env.ArgoCD
	missing := slices.Clone(argo.Applications)
	for _, a := range c.ApplicationsOfEnvironment() {
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
func (c *Check) unserved(last map[string]bool) (waiting map[string]bool, of int) {
	if err := cmp.Or(
		c.run.Client.Connect(c.ctx),
		c.run.Client.VerifyCertificate(c.ctx),
		c.run.TryFront(c.ctx),
	); err != nil {
		c.Block(err.Error())
	}
	waiting = map[string]bool{}
	routes := c.Routes()
	asked := func(r Route) bool {
		if r.Access != Guarded {
			return false
		}
		of++
		key := r.Host + r.Path
		waiting[key] = last == nil || last[key] // until it is asked, and refuses
		return waiting[key]
	}
	results := c.Sweep(routes, asked, Request{})
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
