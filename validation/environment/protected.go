package environment

import (
	"strings"
	"time"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/environment/phalanx"
)

// Target is a path of an application and the scope that it needs.
type Target struct {
	Path  string `yaml:"path"`
	Scope string `yaml:"scope"`
	// LoginRedirect says that callers without a session are sent to the login
	// instead of getting 401.
	LoginRedirect bool `yaml:"loginRedirect,omitempty"`
	// LoginLearned says that LoginRedirect was not declared, but seen.
	LoginLearned bool `yaml:"-"`
	// AuthCacheDuration is how long a revoked token may still work there.
	AuthCacheDuration time.Duration `yaml:"authCacheDuration,omitempty"`
	// MinimumLifetime is how long a token must still live to be judged there by its
	// scopes. Gafaelfawr refuses others before it looks at those.
	MinimumLifetime time.Duration `yaml:"minimumLifetime,omitempty"`
	// Harmless allows GET requests that reach the application. Without it the
	// suite sends only requests that must be refused.
	Harmless bool `yaml:"harmless,omitempty"`
}

// pattern has the characters that make a path a pattern; a dot alone does not.
const pattern = `([*+?^$|\{`

// ProtectedBy returns the paths at the host that a GafaelfawrIngress protects
// in the usual way: one scope, a bearer challenge, no other condition. It
// leaves out patterns, because the paths that they match are not known.
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
	var life time.Duration
	if config.Delegate != nil {
		life = time.Duration(config.Delegate.MinimumLifetime) * time.Second
	}
	var all []Target
	for _, rule := range i.Template.Spec.Rules {
		for _, p := range rule.HTTP.Paths {
			usual := strings.HasPrefix(p.Path, "/") && p.Path != "/" && !strings.ContainsAny(p.Path, pattern+"# ")
			if rule.Host == host && usual {
				all = append(all, Target{Path: p.Path, Scope: scopes[0],
					LoginRedirect: config.LoginRedirect, AuthCacheDuration: cache, MinimumLifetime: life})
			}
		}
	}
	return all
}

// cacheDuration reads a duration in nginx's notation, if it is also Go's.
func cacheDuration(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	return time.ParseDuration(text)
}

// derived is a protected path and its source.
type derived struct {
	Target
	source string
}

// onePerApplication picks one path of each application except Muster, which has
// its probes. One path shows whether the application is protected; the sweep
// verifies that every path refuses.
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
