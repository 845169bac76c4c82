package suite

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/muster"
	"github.com/lsst-sqre/muster/validation/environment"
)

// Probe returns a probe of Muster by its name. It skips the check if the
// deployment lacks Muster or that probe.
func (c *Check) Probe(name string) Target {
	env := c.run.Env
	switch env.Muster.Deployed {
	case NoMuster:
		c.skipForMuster(noMuster(c.run.Env))
	case PythonMuster:
		path, ok := environment.PythonPaths[name]
		if !ok {
			c.skipForMuster(fmt.Sprintf("environment %q has the Python Muster, which has no probe %q", env.Name, name))
		}
		c.requireProbe(name)
		return Target{Path: env.Muster.Path + path, Scope: env.Scope, Harmless: true}
	}
	c.requireProbe(name)
	if !c.serves(name) {
		c.Skip(fmt.Sprintf("Muster of environment %q is older than these checks: it has no probe %q", env.Name, name))
	}
	return Target{Path: env.Muster.Path + "/probes/" + name, Scope: env.Scope, Harmless: true}
}

// requireProbe blocks the check if Muster is missing, or if its probes need
// another scope than the environment says.
func (c *Check) requireProbe(name string) {
	c.require(c.run.preconditions.Muster)
	if name != "anonymous" {
		c.require(c.run.preconditions.Scope)
	}
}

// Sighted is Probe for checks that verify what reached the backend, which only
// the Go Muster reports.
func (c *Check) Sighted(name string) Target {
	if env := c.run.Env; env.Muster.Deployed == PythonMuster {
		c.skipForMuster(fmt.Sprintf("environment %q has the Python Muster, which does not tell what reached it", env.Name))
	}
	return c.Probe(name)
}

// Page returns the page of a probe, for people. People without a session are
// sent to the login. Gafaelfawr's operator rejects such a redirect where
// cookies do not count or Basic is wanted.
func (c *Check) Page(name string) Target {
	to := c.Sighted(name)
	to.LoginRedirect = name != "anonymous" && name != "basic" && name != "cookieless"
	to.Path = strings.Replace(to.Path, "/probes/", "/pages/", 1)
	return to
}

// Muster returns a path of the server, below its prefix, that needs no scope.
func (c *Check) Muster(path string) Target {
	to := c.Probe("anonymous")
	return Target{Path: c.run.Env.Muster.Path + path, Scope: to.Scope}
}

// Site returns any path of the deployment, without authentication.
func (c *Check) Site(path string) Target { return Target{Path: path} }

// Protected returns all paths that must refuse a caller without the scope: one
// of Muster's and those of the environment.
func (c *Check) Protected() []Target {
	all := c.run.Env.Protected
	if c.run.Env.Muster.Deployed == NoMuster {
		if len(all) == 0 {
			c.skipForMuster(noMuster(c.run.Env) + ", or a path under `protected`")
		}
		return all
	}
	return append([]Target{c.Probe("authenticated")}, all...)
}

// Harmless returns the protected paths that may be requested with the scope:
// Muster's probe, and the paths whose GET changes nothing according to the
// environment. A GET of /nb/hub/spawn would make a user of JupyterHub.
func (c *Check) Harmless() []Target {
	return slices.DeleteFunc(slices.Clone(c.Protected()), func(t Target) bool { return !t.Harmless })
}

// ScopesOf returns the scopes that admit a token to all targets.
func ScopesOf(targets []Target) []string {
	var scopes []string
	for _, t := range targets {
		scopes = append(scopes, t.Scope)
	}
	slices.Sort(scopes)
	return slices.Compact(scopes)
}

const (
	// leastLifetime is what Gafaelfawr wants of every token that it delegates from.
	leastLifetime = 5 * time.Minute
	// lifetimeMargin is how much longer than wanted a token lives, because a run takes
	// its time.
	lifetimeMargin = 15 * time.Minute
)

// LifetimeFor returns how long a token must live so that all targets judge it by its
// scopes; 0 is the suite's default.
func LifetimeFor(targets ...Target) (life time.Duration) {
	for _, t := range targets {
		if t.MinimumLifetime > leastLifetime {
			life = max(life, t.MinimumLifetime+lifetimeMargin)
		}
	}
	return life
}

// PathOf returns the path of a URL of this deployment.
func (c *Check) PathOf(text string) (string, bool) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme+"://"+u.Host != c.run.Env.URL {
		return "", false
	}
	return u.RequestURI(), true
}

// GuardedProbes returns the names of Muster's probes that require
// authentication.
func (c *Check) GuardedProbes() []string {
	var names []string
	for _, p := range muster.Probes(c.run.Env.Scope) {
		if !p.Anonymous() && c.serves(p.Name) {
			names = append(names, p.Name)
		}
	}
	return names
}

// noMuster returns why a check does not run without Muster.
func noMuster(env *Environment) string {
	return fmt.Sprintf("environment %q has no Muster (muster.deployed: none), and this needs one behind the ingress",
		env.Name)
}
