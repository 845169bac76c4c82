package environment

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/url"
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
	Known []KnownRed `yaml:"known"`

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

// Complete fills in defaults and refuses values that cannot work. Relative paths
// count from the folder of the environment file.
func (e *Environment) Complete(folder string) error {
	if err := e.canonical(); err != nil {
		return err
	}
	setDefault(&e.Scope, "exec:admin")
	setDefault(&e.Muster.Deployed, GoMuster)
	setDefault(&e.Muster.Path, "/muster")
	setDefault(&e.Names.User, muster.BotUser)
	setDefault(&e.Names.Helper, "bot-muster-helper")
	e.CA, e.Bootstrap.File = Path(folder, e.CA), Path(folder, e.Bootstrap.File)
	e.Kubernetes.Kubeconfig = Path(folder, e.Kubernetes.Kubeconfig)
	if e.Bootstrap == (Bootstrap{}) && e.said("bootstrap.file", "bootstrap.variable") {
		return errors.New("bootstrap.file and bootstrap.variable must not be empty: " +
			"leave the key out, or name a file or a variable")
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

// canonical gives URL, addresses and paths the form in which they are compared.
func (e *Environment) canonical() error {
	if e.URL == "" && e.Phalanx != "" {
		return fmt.Errorf("the file says phalanx: %s, so that -phalanx=DIR must name a checkout of Phalanx", e.Phalanx)
	}
	base, err := canonicalURL(e.URL)
	if err != nil {
		return err
	}
	e.base, e.URL = base, base.String()
	if err := cmp.Or(address("address", e.Address, "443"), address("httpAddress", e.HTTPAddress, "80")); err != nil {
		return err
	}
	if host, _, err := net.SplitHostPort(e.Address); err == nil && e.HTTPAddress == "" {
		e.HTTPAddress = net.JoinHostPort(host, "80") // else port 80 of another machine would be judged
	}
	if e.Muster.Path == "" {
		return nil
	}
	e.Muster.Path, err = canonicalPath("muster.path", e.Muster.Path)
	return err
}

// said reports whether a declaration has one of the keys.
func (e *Environment) said(keys ...string) bool {
	return slices.ContainsFunc(keys, func(key string) bool { return e.sources[key] != "" })
}

func (e *Environment) refuse() error {
	if err := e.Bootstrap.refuse(); err != nil {
		return err
	}
	if d := e.Muster.Deployed; d != GoMuster && d != PythonMuster && d != NoMuster {
		return fmt.Errorf("muster.deployed must be go, python or none, not %q", d)
	}
	for _, f := range e.Features {
		if !slices.Contains(Features, f) {
			return fmt.Errorf("unknown feature %q%s: known are %s",
				f, didYouMean(string(f), texts(Features)), join(Features))
		}
	}
	if e.Rate < 1 && e.said("rate") || e.Rate < 0 || e.Rate > 1000 {
		return fmt.Errorf("rate must be from 1 to 1000 requests a second, not %d", e.Rate)
	}
	for _, p := range e.Protected {
		if !strings.HasPrefix(p.Path, "/") || strings.ContainsAny(p.Path, "?# \t\r\n") || p.Scope == "" {
			return fmt.Errorf("protected path %q needs a path that begins with / and a scope", p.Path)
		}
	}
	if (e.Has(LDAP) || e.Has(Firestore)) && (e.User == nil || e.User.Username == "") {
		return errors.New("the features ldap and firestore need a user with a username")
	}
	if err := cmp.Or(e.refuseNames(), e.refuseKnown()); err != nil {
		return err
	}
	return e.refuseCluster()
}

// refuse refuses a bootstrap token that is at no place or at several.
func (b Bootstrap) refuse() error {
	places := 0
	for _, set := range []bool{b.Secret != nil, b.File != "", b.Variable != ""} {
		if set {
			places++
		}
	}
	if places != 1 {
		return errors.New("bootstrap must have exactly one of secret, file and variable")
	}
	return nil
}

// refuseNames refuses users for whom Gafaelfawr makes no service tokens.
func (e *Environment) refuseNames() error {
	for _, name := range []string{e.Names.User, e.Names.Helper} {
		if !strings.HasPrefix(name, "bot-") || !gafaelfawr.ValidUsername(name) {
			return fmt.Errorf("%q under names must be a user name that begins with bot-: "+
				"Gafaelfawr makes service tokens for no other", name)
		}
	}
	return nil
}

func setDefault(value *string, to string) {
	if *value == "" {
		*value = to
	}
}

func texts[T ~string](list []T) []string {
	all := make([]string, len(list))
	for i, v := range list {
		all[i] = string(v)
	}
	return all
}

func join[T ~string](list []T) string { return strings.Join(texts(list), ", ") }
