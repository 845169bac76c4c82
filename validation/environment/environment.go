package environment

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Which Muster an environment has behind its ingress.
const (
	GoMuster     = "go"
	PythonMuster = "python"
	NoMuster     = "none"
)

// PythonPaths are the routes of the Python Muster that stand behind the same
// configuration as a probe, by the name of the probe.
var PythonPaths = map[string]string{
	"anonymous":     "/anonymous",
	"authenticated": "/auth/fail",
	"redirect":      "/auth/redirect",
	"quota":         "/auth/quota",
	"delegated":     "/delegated/header",
	"authorization": "/delegated/authorization",
}

// Environment describes a deployment to the suite. The keys are those of
// fixtures/environments/example.yaml.
type Environment struct {
	Name string `yaml:"-"`
	// Phalanx is the environment's name in Phalanx, where that is not the file's.
	Phalanx string `yaml:"phalanx"`
	// URL is the base of the deployment: https, host and, where it is not 443, port.
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
		// Restricted says that the account may not read all that the features
		// need, and that this is meant.
		Restricted bool `yaml:"restricted"`
	} `yaml:"kubernetes"`
	Bootstrap Bootstrap `yaml:"bootstrap"`
	Scope     string    `yaml:"scope"`
	Muster    struct {
		Deployed string `yaml:"deployed"`
		Path     string `yaml:"path"`
	} `yaml:"muster"`
	Protected   []Target   `yaml:"protected"`
	Names       Names      `yaml:"names"`
	Features    []Feature  `yaml:"features"`
	User        *KnownUser `yaml:"user"`
	AdviceFails bool       `yaml:"adviceFails"`

	// Known are failures that do not fail the run until a day.
	Known []KnownFailure `yaml:"known"`

	// Open are namespace/name of the Ingresses that need no authentication.
	Open []string `yaml:"open"`
	// Exposed are namespace/name of what may be reached past the ingress: Services,
	// pods, routes of the Gateway API. A star at the end stands for any ending.
	Exposed []string `yaml:"exposed"`
	// Rate is how many requests a second are made at most; 0 is 50 of a sweep, and
	// for other checks what the deployment bears.
	Rate int `yaml:"rate"`
	// Services are the workloads, such as deployment/muster, that must be
	// ready, by namespace.
	Services map[string][]string `yaml:"services"`
	ArgoCD   ArgoCDKeys          `yaml:"argocd"`
	Vault    VaultKeys           `yaml:"vault"`
	// Gafaelfawr is how it is configured, as far as that is known.
	Gafaelfawr Gafaelfawr `yaml:"gafaelfawr"`

	base *url.URL // URL, parsed
	// sources say for each key who said it; what is not there is a default.
	sources map[string]string
}

// ArgoCDKeys tell which Applications a deployment must have.
type ArgoCDKeys struct {
	// Namespace of the Applications; argocd where empty.
	Namespace string `yaml:"namespace"`
	// Selector narrows the list to those of this deployment: the app of apps
	// labels its children.
	Selector string `yaml:"selector"`
	// Applications that must exist. More than these is no fault.
	Applications []string `yaml:"applications"`
	// OutOfSync are those that may be: sasquatch's volumes always are.
	OutOfSync []string `yaml:"outOfSync"`
}

// VaultKeys say from which part of which Vault the Secrets come.
type VaultKeys struct {
	URL        string `yaml:"url"`
	PathPrefix string `yaml:"pathPrefix"`
}

// Gafaelfawr is how Gafaelfawr is configured.
type Gafaelfawr struct {
	LDAP      bool `yaml:"ldap"`
	Firestore bool `yaml:"firestore"`
	// Login is the provider (github, cilogon or oidc) and where a login leads.
	Login struct {
		Provider string `yaml:"provider"`
		URL      string `yaml:"url"`
	} `yaml:"login"`
	// KnownScopes may be asked for, and GroupMapping has who gets them.
	KnownScopes     []string            `yaml:"knownScopes"`
	GroupMapping    map[string][]string `yaml:"groupMapping"`
	AllowSubdomains bool                `yaml:"allowSubdomains"`
	// AdditionalHosts are hosts besides that of the URL which Gafaelfawr serves.
	AdditionalHosts []string `yaml:"additionalHosts"`
	OIDCServer      bool     `yaml:"oidcServer"`
}

// Bootstrap tells where the bootstrap token is: one member is set.
type Bootstrap struct {
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
	// User is who visits the probes.
	User string `yaml:"user"`
	// Helper has the one token that may delete: the bootstrap token may not.
	Helper string `yaml:"helper"`
}

// KnownUser is a user of LDAP or Firestore and what is known of them.
type KnownUser struct {
	Username string   `yaml:"username"`
	Name     string   `yaml:"name"`
	Email    string   `yaml:"email"`
	UID      int      `yaml:"uid"`
	GID      int      `yaml:"gid"`
	Groups   []string `yaml:"groups"`
}

// Host is the host name of the deployment, which is also Gafaelfawr's realm.
func (e *Environment) Host() string { return e.base.Hostname() }

// HostHeader is what requests to the deployment have as their Host: the host, and
// the port where the URL has one.
func (e *Environment) HostHeader() string { return e.base.Host }

// Port is where the deployment serves HTTPS.
func (e *Environment) Port() string { return cmp.Or(e.base.Port(), "443") }

// Has reports whether the environment declares the feature.
func (e *Environment) Has(f Feature) bool { return slices.Contains(e.Features, f) }

// said reports whether a declaration has one of the keys.
func (e *Environment) said(keys ...string) bool {
	return slices.ContainsFunc(keys, func(key string) bool { return e.sources[key] != "" })
}

// Derived reports whether the value of a key comes from Phalanx's Git.
func (e *Environment) Derived(key string) bool {
	return strings.HasPrefix(e.sources[key], "environments/") || strings.HasPrefix(e.sources[key], "applications/")
}

// Knows is the known failure of a check.
func (e *Environment) Knows(check string) (KnownFailure, bool) {
	for _, k := range e.Known {
		if k.Check == check {
			return k, true
		}
	}
	return KnownFailure{}, false
}

// TakeOver completes the declared path of that name with what its
// GafaelfawrIngress says of the login and of the cache. The scope stays that of
// the declaration, so that another one is found.
func (e *Environment) TakeOver(from Target) {
	for i, p := range e.Protected {
		if p.Path != from.Path {
			continue
		}
		p.LoginRedirect = p.LoginRedirect || from.LoginRedirect
		p.AuthCacheDuration = max(p.AuthCacheDuration, from.AuthCacheDuration)
		e.Protected[i] = p
	}
}
