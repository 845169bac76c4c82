package suite

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3" // strict decoding that names line and key

	"github.com/lsst-sqre/muster/fixtures/environments"
	"github.com/lsst-sqre/muster/muster"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// Feature is something that an environment declares its deployment to have.
type Feature string

// The features that checks ask for; example.yaml explains them.
const (
	Quota     Feature = "quota"
	HomePage  Feature = "homepage"
	Discovery Feature = "discovery"
	LDAP      Feature = "ldap"
	Firestore Feature = "firestore"

	Kubernetes   Feature = "kubernetes"
	ReadSecrets  Feature = "secrets"
	IngressNginx Feature = "ingress-nginx"
	ArgoCD       Feature = "argocd"
	Vault        Feature = "vault"
	CertManager  Feature = "cert-manager"
	Policies     Feature = "networkpolicy"
	Inside       Feature = "inside"
	Persistence  Feature = "persistence"
)

var features = []Feature{Quota, HomePage, Discovery, LDAP, Firestore,
	Kubernetes, ReadSecrets, IngressNginx, ArgoCD, Vault, CertManager, Policies, Inside, Persistence}

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

	base *url.URL
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

// Has reports whether the environment declares the feature.
func (e *Environment) Has(f Feature) bool { return slices.Contains(e.Features, f) }

// LoadEnvironment reads an environment by its name in fixtures/environments,
// or from a path: whatever contains a slash or ends in .yaml. A relative path
// counts from the working directory, then from the folder above, because go
// test runs a package in its own folder. Errors are one sentence that names
// the file and the remedy.
func LoadEnvironment(name string) (*Environment, error) {
	file, text, err := readEnvironment(name)
	if err != nil {
		return nil, err
	}
	e := &Environment{Name: strings.TrimSuffix(filepath.Base(file), ".yaml")}
	if err := decodeStrictly(text, e); err != nil {
		return nil, fmt.Errorf("environment %s, %w", name, err) // as it was typed
	}
	if err := e.complete(filepath.Dir(file)); err != nil {
		return nil, fmt.Errorf("environment %s: %w", name, err)
	}
	return e, nil
}

func readEnvironment(name string) (file string, text []byte, err error) {
	if !strings.ContainsAny(name, `/\`) && !strings.HasSuffix(name, ".yaml") {
		file = name + ".yaml"
		text, err = fs.ReadFile(environments.Files, file)
		if err != nil {
			return "", nil, fmt.Errorf("unknown environment %q: known are %s; for a file of your own pass its path, such as -env=./%s.yaml",
				name, strings.Join(environmentNames(), ", "), strings.TrimSuffix(cmp.Or(name, "my"), ".yml"))
		}
		return file, text, nil
	}
	file = name
	text, err = os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) && !filepath.IsAbs(name) {
		file = filepath.Join("..", name)
		text, err = os.ReadFile(file)
	}
	if err != nil {
		if failed, ok := errors.AsType[*fs.PathError](err); ok {
			err = failed.Err
		}
		return "", nil, fmt.Errorf("cannot read the environment file %s: %w", name, err)
	}
	return file, text, nil
}

// typed is a path as whoever typed it means it: go test runs the checks in their
// own folder, one below that of the command.
func typed(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	_, outside := os.Stat("RUNBOOK.md")
	if _, err := os.Stat("../go.mod"); err == nil && outside == nil {
		path = filepath.Join("..", path)
	}
	if absolute, err := filepath.Abs(path); err == nil {
		return absolute
	}
	return path
}

func environmentNames() []string {
	files, _ := fs.Glob(environments.Files, "*.yaml")
	for i, f := range files {
		files[i] = strings.TrimSuffix(f, ".yaml")
	}
	return files
}

var unknownKey = regexp.MustCompile(`line (\d+): field (\S+) not found in type`)

func decodeStrictly(text []byte, into any) error {
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	err := d.Decode(into)
	switch m := unknownKey.FindStringSubmatch(fmt.Sprint(err)); {
	case errors.Is(err, io.EOF):
		return errors.New("it is empty: url is required")
	case m != nil:
		return fmt.Errorf("line %s: unknown key %q (fixtures/environments/example.yaml explains every key)", m[1], m[2])
	case err != nil:
		text := strings.TrimPrefix(err.Error(), "yaml: ")
		text = strings.TrimPrefix(text, "unmarshal errors:")
		return errors.New(strings.Join(strings.Fields(text), " "))
	}
	if err := d.Decode(new(any)); !errors.Is(err, io.EOF) {
		return errors.New("it holds more than one document")
	}
	return nil
}

// complete fills in defaults and refuses what cannot be.
func (e *Environment) complete(folder string) error {
	base, err := url.Parse(e.URL)
	if err != nil || base.Scheme != "https" || base.Hostname() == "" || strings.Trim(base.Path, "/") != "" {
		return fmt.Errorf("url must be like https://data.example.org, not %q", e.URL)
	}
	base.Path = ""
	e.base = base
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
		if !slices.Contains(features, f) {
			return fmt.Errorf("unknown feature %q: known are %s", f, join(features))
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
			return fmt.Errorf("%q under names must be a user name that begins with bot-: Gafaelfawr makes service tokens for no other", name)
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
