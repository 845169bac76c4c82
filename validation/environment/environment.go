package environment

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Kinds of Muster that an environment may have behind its ingress.
const (
	GoMuster     = "go"
	PythonMuster = "python"
	NoMuster     = "none"
)

// PythonPaths are routes of the Python Muster with the configuration of a
// probe, by the name of the probe.
var PythonPaths = map[string]string{
	"anonymous":     "/anonymous",
	"authenticated": "/auth/fail",
	"redirect":      "/auth/redirect",
	"quota":         "/auth/quota",
	"delegated":     "/delegated/header",
	"authorization": "/delegated/authorization",
}

// Environment describes a deployment to the suite.
// fixtures/environments/example.yaml explains the keys.
type Environment struct {
	Name string `yaml:"-"`
	// Phalanx is the environment's name in Phalanx, if it is not that of the
	// file.
	Phalanx string `yaml:"phalanx"`
	// URL is the base URL: https, host and, unless it is 443, port.
	URL         string `yaml:"url"`
	Local       bool   `yaml:"local"`
	Address     string `yaml:"address"`
	HTTPAddress string `yaml:"httpAddress"`
	CA          string `yaml:"ca"`
	Kubernetes  struct {
		Context    string `yaml:"context"`
		Kubeconfig string `yaml:"kubeconfig"`
		// Timeout is how long one answer of the API server may take.
		Timeout time.Duration `yaml:"timeout"`
		// Restricted says that the account deliberately lacks permissions that
		// the features need.
		Restricted bool `yaml:"restricted"`
	} `yaml:"kubernetes"`
	Bootstrap Place `yaml:"bootstrap"`
	// SessionSecret is where the key of Gafaelfawr's session cookies is. It is empty if
	// no check may make a session.
	SessionSecret Place  `yaml:"sessionSecret"`
	Scope         string `yaml:"scope"`
	Muster        struct {
		Deployed string `yaml:"deployed"`
		Path     string `yaml:"path"`
	} `yaml:"muster"`
	Protected   []Target   `yaml:"protected"`
	Names       Names      `yaml:"names"`
	Features    []Feature  `yaml:"features"`
	User        *KnownUser `yaml:"user"`
	AdviceFails bool       `yaml:"adviceFails"`

	// Known are failures that do not fail the run until a date.
	Known []KnownFailure `yaml:"known"`

	// Open are the Ingresses without authentication, as namespace/name.
	Open []string `yaml:"open"`
	// Exposed are objects that may be reachable past the ingress, as
	// namespace/name: Services, pods, routes of the Gateway API. A star at the
	// end matches any ending.
	Exposed []string `yaml:"exposed"`
	// Rate bounds the requests a second. 0 means 50 for a sweep and no limit for
	// other checks.
	Rate int `yaml:"rate"`
	// Services are the workloads that must be ready, by namespace, such as
	// deployment/muster.
	Services map[string][]string `yaml:"services"`
	ArgoCD   ArgoCDKeys          `yaml:"argocd"`
	Vault    VaultKeys           `yaml:"vault"`
	// Gafaelfawr is Gafaelfawr's configuration, as far as it is known.
	Gafaelfawr Gafaelfawr `yaml:"gafaelfawr"`

	base *url.URL // URL, parsed
	// sources names the source of each key. A key without a source is a default.
	sources map[string]string
}

// ArgoCDKeys name the Applications that a deployment must have.
type ArgoCDKeys struct {
	// Namespace of the Applications; the default is argocd.
	Namespace string `yaml:"namespace"`
	// Selector narrows the list to the Applications of this deployment, because
	// the app of apps labels its children.
	Selector string `yaml:"selector"`
	// Applications must exist. Further ones are no fault.
	Applications []string `yaml:"applications"`
	// OutOfSync are Applications that may be out of sync, as sasquatch's volumes
	// always are.
	OutOfSync []string `yaml:"outOfSync"`
}

// VaultKeys name the Vault and the path below which the Secrets come from.
type VaultKeys struct {
	URL        string `yaml:"url"`
	PathPrefix string `yaml:"pathPrefix"`
}

// Gafaelfawr is Gafaelfawr's configuration.
type Gafaelfawr struct {
	LDAP      bool `yaml:"ldap"`
	Firestore bool `yaml:"firestore"`
	// Login is the provider (github, cilogon or oidc) and the URL of the login.
	Login struct {
		Provider string `yaml:"provider"`
		URL      string `yaml:"url"`
	} `yaml:"login"`
	// AfterLogoutURL is where a logout leads; "" is the home page of the deployment.
	AfterLogoutURL string `yaml:"afterLogoutUrl"`
	// KnownScopes are the scopes that Gafaelfawr knows. GroupMapping names the
	// groups that have them.
	KnownScopes  []string            `yaml:"knownScopes"`
	GroupMapping map[string][]string `yaml:"groupMapping"`
	// AllowSubdomains is nil where the file does not say it.
	AllowSubdomains *bool `yaml:"allowSubdomains"`
	// AdditionalHosts are further hosts that Gafaelfawr serves.
	AdditionalHosts []string `yaml:"additionalHosts"`
	OIDCServer      bool     `yaml:"oidcServer"`
}

// Place says where a secret is. One member is set.
type Place struct {
	Secret   *SecretKey `yaml:"secret"`
	File     string     `yaml:"file"`
	Variable string     `yaml:"variable"`
}

// SecretKey is one key of a Kubernetes Secret.
type SecretKey struct {
	Namespace string `yaml:"namespace"`
	Name      string `yaml:"name"`
	Key       string `yaml:"key"`
}

// Names are the users for whom the suite makes tokens.
type Names struct {
	// User sends requests to the probes.
	User string `yaml:"user"`
	// Helper has the token that may delete tokens, because the bootstrap token
	// may not.
	Helper string `yaml:"helper"`
}

// KnownUser is a user of LDAP or Firestore with the known data.
type KnownUser struct {
	Username string   `yaml:"username"`
	Name     string   `yaml:"name"`
	Email    string   `yaml:"email"`
	UID      int      `yaml:"uid"`
	GID      int      `yaml:"gid"`
	Groups   []string `yaml:"groups"`
}

// Host returns the host name of the deployment, which is also Gafaelfawr's
// realm.
func (e *Environment) Host() string { return e.base.Hostname() }

// HostHeader returns the Host of requests to the deployment: the host and, if
// the URL has one, the port.
func (e *Environment) HostHeader() string { return e.base.Host }

// Port returns the port on which the deployment serves HTTPS.
func (e *Environment) Port() string { return cmp.Or(e.base.Port(), "443") }

// Has reports whether the environment declares the feature.
func (e *Environment) Has(f Feature) bool { return slices.Contains(e.Features, f) }

// declares reports whether a declaration has one of the keys.
func (e *Environment) declares(keys ...string) bool {
	return slices.ContainsFunc(keys, func(key string) bool { return e.sources[key] != "" })
}

// Derived reports whether the value of a key comes from Phalanx's Git.
func (e *Environment) Derived(key string) bool {
	return strings.HasPrefix(e.sources[key], "environments/") || strings.HasPrefix(e.sources[key], "applications/")
}

// Knows returns the known failure of a check.
func (e *Environment) Knows(check string) (KnownFailure, bool) {
	for _, k := range e.Known {
		if k.Check == check {
			return k, true
		}
	}
	return KnownFailure{}, false
}

// TakeOver completes a declared path with what its GafaelfawrIngress says about
// the login, the cache and the life of tokens. The declared scope stays, so that a different one is
// found.
func (e *Environment) TakeOver(from Target) {
	for i, p := range e.Protected {
		if p.Path != from.Path {
			continue
		}
		p.LoginRedirect = p.LoginRedirect || from.LoginRedirect
		p.AuthCacheDuration = max(p.AuthCacheDuration, from.AuthCacheDuration)
		p.MinimumLifetime = max(p.MinimumLifetime, from.MinimumLifetime)
		e.Protected[i] = p
	}
}
