package environment

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/muster"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// Which Muster an environment has behind its ingress.
const (
	GoMuster     = "go"
	PythonMuster = "python"
	NoMuster     = "none"
)

// Environment describes a deployment to the suite. The keys are those of
// fixtures/environments/example.yaml.
type Environment struct {
	Name string `yaml:"-"`
	// URL is the base of the deployment, without a path.
	URL         string `yaml:"url"`
	Local       bool   `yaml:"local"`
	Address     string `yaml:"address"`
	HTTPAddress string `yaml:"httpAddress"`
	CA          string `yaml:"ca"`
	Kubernetes  struct {
		Context    string `yaml:"context"`
		Kubeconfig string `yaml:"kubeconfig"`
	} `yaml:"kubernetes"`
	Bootstrap Bootstrap `yaml:"bootstrap"`
	Scope     string    `yaml:"scope"`
	Muster    struct {
		Deployed string `yaml:"deployed"`
		Path     string `yaml:"path"`
	} `yaml:"muster"`
	Protected   []Protected `yaml:"protected"`
	Names       Names       `yaml:"names"`
	Features    []Feature   `yaml:"features"`
	User        *KnownUser  `yaml:"user"`
	AdviceFails bool        `yaml:"adviceFails"`

	// Open are namespace/name of the Ingresses that need no authentication.
	Open []string `yaml:"open"`
	// Services are the workloads, such as deployment/muster, that must be
	// ready, by namespace.
	Services map[string][]string `yaml:"services"`
	ArgoCD   ArgoCDKeys          `yaml:"argocd"`

	base *url.URL // URL, parsed
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

// Protected is a path of some application and the scope that it needs.
type Protected struct {
	Path  string `yaml:"path"`
	Scope string `yaml:"scope"`
	// LoginRedirect tells that the path sends callers without a session to the
	// login instead of answering 401.
	LoginRedirect bool `yaml:"loginRedirect"`
	// AuthCacheDuration is how long a revoked token may go on working there.
	AuthCacheDuration time.Duration `yaml:"authCacheDuration"`
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

// Complete fills in defaults and refuses values that cannot work. Relative paths
// count from the folder of the environment file.
func (e *Environment) Complete(folder string) error {
	if err := e.parseURL(); err != nil {
		return err
	}
	setDefault(&e.Scope, "exec:admin")
	setDefault(&e.Muster.Deployed, GoMuster)
	setDefault(&e.Muster.Path, "/muster")
	setDefault(&e.Names.User, muster.BotUser)
	setDefault(&e.Names.Helper, "bot-muster-helper")
	if e.CA != "" && !filepath.IsAbs(e.CA) {
		e.CA = filepath.Join(folder, e.CA)
	}
	if e.Bootstrap == (Bootstrap{}) {
		e.Bootstrap.Secret = &SecretKey{}
	}
	if s := e.Bootstrap.Secret; s != nil {
		setDefault(&s.Namespace, "gafaelfawr")
		setDefault(&s.Name, "gafaelfawr")
		setDefault(&s.Key, "bootstrap-token")
	}
	e.declareCluster()
	return e.refuse()
}

func (e *Environment) parseURL() error {
	base, err := url.Parse(e.URL)
	if err != nil || base.Scheme != "https" || base.Hostname() == "" || strings.Trim(base.Path, "/") != "" {
		return fmt.Errorf("url must be like https://data.example.org, not %q", e.URL)
	}
	base.Path = ""
	e.base = base
	return nil
}

func (e *Environment) refuse() error {
	places := 0
	for _, set := range []bool{e.Bootstrap.Secret != nil, e.Bootstrap.File != "", e.Bootstrap.Variable != ""} {
		if set {
			places++
		}
	}
	if places != 1 {
		return errors.New("bootstrap must have exactly one of secret, file and variable")
	}
	if d := e.Muster.Deployed; d != GoMuster && d != PythonMuster && d != NoMuster {
		return fmt.Errorf("muster.deployed must be go, python or none, not %q", d)
	}
	for _, f := range e.Features {
		if !slices.Contains(Features, f) {
			return fmt.Errorf("unknown feature %q: known are %s", f, join(Features))
		}
	}
	for _, p := range e.Protected {
		if !strings.HasPrefix(p.Path, "/") || p.Scope == "" {
			return fmt.Errorf("protected path %q needs a path that begins with / and a scope", p.Path)
		}
	}
	if (e.Has(LDAP) || e.Has(Firestore)) && (e.User == nil || e.User.Username == "") {
		return errors.New("the features ldap and firestore need a user with a username")
	}
	for _, name := range []string{e.Names.User, e.Names.Helper} {
		if !strings.HasPrefix(name, "bot-") || !gafaelfawr.ValidUsername(name) {
			return fmt.Errorf("%q under names must be a user name that begins with bot-: "+
				"Gafaelfawr makes service tokens for no other", name)
		}
	}
	return e.refuseCluster()
}

func setDefault(value *string, to string) {
	if *value == "" {
		*value = to
	}
}

func join[T ~string](list []T) string {
	parts := make([]string, len(list))
	for i, v := range list {
		parts[i] = string(v)
	}
	return strings.Join(parts, ", ")
}
