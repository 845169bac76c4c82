package suite

import (
	"context"
	"io"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/findings"
	"github.com/lsst-sqre/muster/validation/message"
	"github.com/lsst-sqre/muster/validation/readiness"
)

// protectTimeout bounds reading the GafaelfawrIngresses before the checks.
const protectTimeout = 10 * time.Second

// protect completes the environment's protected paths from the cluster, which
// knows whether a path leads to the login and how long nginx caches a refusal.
// If the environment names no path, protect takes one of each application; such
// an application gets only requests that it must refuse. Errors change nothing,
// because checks report them.
func (r *run) protect(ctx context.Context, screen io.Writer) {
	if !r.Env.Has(Kubernetes) {
		r.learnLogins()
		return
	}
	young := r.takeProtected(ctx)
	if young <= 0 || len(r.Env.Protected) > 0 {
		return
	}
	// Right after an installation all of them are new. Without them a third of the
	// checks would be skipped.
	message.Say(screen, "waiting %s because every GafaelfawrIngress is new (-settle)\n", young.Round(time.Second))
	select {
	case <-time.After(young):
		r.takeProtected(ctx)
	case <-ctx.Done():
	}
}

// takeProtected completes or takes protected paths. It returns how long it takes
// until the GafaelfawrIngresses that are too new to be taken have settled.
func (r *run) takeProtected(ctx context.Context) (young time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, protectTimeout)
	defer cancel()
	if r.TryKubernetes(ctx) != nil {
		return 0
	}
	c := r.outside(ctx)
	_ = c.Try(func() {
		declared := len(r.Env.Protected) > 0
		taken := map[string]bool{}
		for _, g := range NoCanaries(c, List(c, GafaelfawrIngresses, "", "")) {
			for _, path := range environment.ProtectedBy(asGafaelfawr(g), r.Env.Host()) {
				switch {
				case declared:
					r.Env.TakeOver(path)
				case taken[g.Namespace()] || r.isOurs(path.Path):
				case !c.Settled(g.Object):
					young = max(young, c.Grace()-g.Age())
				case made(g):
					taken[g.Namespace()] = true
					r.Env.Protected = append(r.Env.Protected, path)
				}
			}
		}
	})
	return young
}

// learnLogins finds declared paths that send callers to the deployment's login though
// the environment does not say so. What is asked for then is what such a path owes;
// that nobody declared it, one check tells. Without Kubernetes nothing else does.
func (r *run) learnLogins() {
	if len(r.Env.Protected) == 0 || r.preconditions.Front.Verify(r.ctx) != nil {
		return
	}
	ctx, cancel := context.WithTimeout(r.ctx, protectTimeout)
	defer cancel()
	var reads sync.WaitGroup
	for i := range r.Env.Protected {
		target := &r.Env.Protected[i]
		reads.Go(func() {
			a := r.Client.Do(ctx, client.Request{Target: *target})
			to, err := url.Parse(a.Header.Get("Location"))
			if a.Err == nil && a.Code/100 == 3 && err == nil && to.Scheme == "https" && to.Hostname() == r.Env.Host() &&
				to.Path == "/login" && !target.LoginRedirect {
				target.LoginRedirect, target.LoginLearned = true, true
			}
		})
	}
	reads.Wait()
}

// outside returns a check that belongs to no test and has lists of its own.
func (r *run) outside(ctx context.Context) *Check {
	c := &Check{Recorder: findings.NewRecorder(r.ctx, r.Env), run: r, o: Obligation{Needs: r.Env.Features},
		lists: &sync.Map{}}
	c.equip(ctx)
	return c
}

// await waits until the deployment is installed, at most as long as -wait says.
func (r *run) await(w io.Writer) error {
	return readiness.Await(readiness.Options{
		Access: &r.Access, Context: r.ctx, Limit: r.options.Wait, Settle: r.options.Settle, Screen: w,
		New: func(ctx context.Context) readiness.Look {
			c := r.outside(ctx)
			return readiness.Look{Recorder: c.Recorder, Cluster: c.Cluster, Sweeper: c.Sweeper}
		},
	})
}

// made reports whether Gafaelfawr's operator has processed the resource. Checks
// of the operator report those that it has not.
func made(g GafaelfawrIngress) bool {
	return g.Status.Create != nil && g.Status.Create.Status == "True"
}

// isOurs reports whether a path belongs to Muster, which has its probes.
func (r *run) isOurs(path string) bool {
	prefix := r.Env.Muster.Path
	return r.Env.Muster.Deployed != NoMuster && (path == prefix || strings.HasPrefix(path, prefix+"/"))
}

// asGafaelfawr converts the resource to the form in which Muster's chart writes
// it.
func asGafaelfawr(g GafaelfawrIngress) gafaelfawr.Ingress {
	i := gafaelfawr.Ingress{Config: g.Config}
	i.Template.Metadata = g.Template.Metadata
	for _, rule := range g.Template.Spec.Rules {
		to := gafaelfawr.IngressRule{Host: rule.Host}
		if rule.HTTP != nil {
			for _, p := range rule.HTTP.Paths {
				to.HTTP.Paths = append(to.HTTP.Paths, gafaelfawr.IngressPath{Path: p.Path})
			}
		}
		i.Template.Spec.Rules = append(i.Template.Spec.Rules, to)
	}
	return i
}
