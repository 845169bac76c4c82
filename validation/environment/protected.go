package environment

import (
	"strings"
	"time"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/environment/phalanx"
)

// Target is a path of some application and the scope that it needs.
type Target struct {
	Path  string `yaml:"path"`
	Scope string `yaml:"scope"`
	// LoginRedirect sends callers without a session to the login instead of
	// answering 401.
	LoginRedirect bool `yaml:"loginRedirect,omitempty"`
	// AuthCacheDuration is how long a revoked token may go on working there.
	AuthCacheDuration time.Duration `yaml:"authCacheDuration,omitempty"`
	// Harmless allows GET requests that the application answers. Without it the
	// suite sends only requests that must be refused.
	Harmless bool `yaml:"harmless,omitempty"`
}

// pattern are the characters that make a path a pattern; a dot alone does not.
const pattern = `([*+?^$|\{`

// ProtectedBy are the paths at the host that a GafaelfawrIngress protects with
// one scope and in the usual way: a bearer challenge, no other condition. A path
// that is a pattern is left out, because what it matches is not said.
func ProtectedBy(i gafaelfawr.Ingress, host string) []Target {
	config := i.Config
	scopes := append(append([]string(nil), config.Scopes.All...), config.Scopes.Any...)
	cache, err := cacheDuration(config.AuthCacheDuration)
	if config.Scopes.Anonymous || len(scopes) != 1 || err != nil ||
		config.AuthType != "" && config.AuthType != "bearer" ||
		len(config.OnlyServices) > 0 || config.Username != "" || config.AllowOptions || config.UserDomain ||
		config.AllowCookies != nil && !*config.AllowCookies {
		return nil
	}
	var all []Target
	for _, rule := range i.Template.Spec.Rules {
		for _, p := range rule.HTTP.Paths {
			usual := strings.HasPrefix(p.Path, "/") && p.Path != "/" && !strings.ContainsAny(p.Path, pattern+"# ")
			if rule.Host == host && usual {
				all = append(all, Target{Path: p.Path, Scope: scopes[0],
					LoginRedirect: config.LoginRedirect, AuthCacheDuration: cache})
			}
		}
	}
	return all
}

// cacheDuration reads a duration in nginx's notation as far as it is Go's, too.
func cacheDuration(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	return time.ParseDuration(text)
}

// derived is a protected path and where it was found.
type derived struct {
	Target
	source string
}

// onePerApplication picks one path of each application but Muster, which has its
// probes: that is enough to see whether the application is protected, and what
// every path must refuse is for the sweep to see.
func onePerApplication(ingresses []phalanx.Ingress, host string) []derived {
	var all []derived
	taken := map[string]bool{"muster": true}
	for _, i := range ingresses {
		paths := ProtectedBy(i.Ingress, host)
		if len(paths) == 0 || taken[i.Application] {
			continue
		}
		taken[i.Application] = true
		all = append(all, derived{paths[0], i.File})
	}
	return all
}
