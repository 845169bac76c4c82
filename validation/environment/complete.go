package environment

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/lsst-sqre/muster/muster"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// Complete fills in defaults and rejects values that cannot work. Relative
// paths are relative to the folder of the environment file.
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
	e.SessionSecret.File = Path(folder, e.SessionSecret.File)
	if e.Bootstrap == (Place{}) && e.declares("bootstrap.file", "bootstrap.variable") {
		return errors.New("bootstrap.file and bootstrap.variable must not be empty: " +
			"leave the key out, or name a file or a variable")
	}
	if e.Bootstrap == (Place{}) {
		e.Bootstrap.Secret = &SecretKey{}
	}
	if s := e.Bootstrap.Secret; s != nil {
		setDefault(&s.Namespace, "gafaelfawr")
		setDefault(&s.Name, "gafaelfawr")
		setDefault(&s.Key, "bootstrap-token")
		if e.SessionSecret == (Place{}) && s.Namespace == "gafaelfawr" && s.Name == "gafaelfawr" {
			e.SessionSecret.Secret = &SecretKey{} // Gafaelfawr's own Secret has it, too
		}
	}
	if s := e.SessionSecret.Secret; s != nil {
		setDefault(&s.Namespace, "gafaelfawr")
		setDefault(&s.Name, "gafaelfawr")
		setDefault(&s.Key, "session-secret")
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
		e.HTTPAddress = net.JoinHostPort(host, "80") // otherwise port 80 of another machine would be checked
	}
	if e.Muster.Path == "" {
		return nil
	}
	e.Muster.Path, err = canonicalPath("muster.path", e.Muster.Path)
	return err
}

func (e *Environment) refuse() error {
	if err := e.refusePlaces(); err != nil {
		return err
	}
	if d := e.Muster.Deployed; d != GoMuster && d != PythonMuster && d != NoMuster {
		return fmt.Errorf("muster.deployed must be go, python or none, not %q", d)
	}
	for _, f := range e.Features {
		if !slices.Contains(Features, f) {
			return unknownFeature("", string(f))
		}
	}
	if e.Rate < 1 && e.declares("rate") || e.Rate < 0 || e.Rate > 1000 {
		return fmt.Errorf("rate must be from 1 to 1000 requests a second, not %d", e.Rate)
	}
	if e.Kubernetes.Timeout < 0 {
		return fmt.Errorf("kubernetes.timeout must be a duration above zero, such as 30s, not %s", e.Kubernetes.Timeout)
	}
	if (e.Has(LDAP) || e.Has(Firestore)) && (e.User == nil || e.User.Username == "") {
		return errors.New("the features ldap and firestore need a user with a username")
	}
	if err := cmp.Or(e.refuseProtected(), e.refuseNames(), refuseKnown(e.Known)); err != nil {
		return err
	}
	return e.refuseCluster()
}

// refuseProtected rejects paths that are none, and one path with two scopes.
func (e *Environment) refuseProtected() error {
	scopes := map[string]string{}
	for _, p := range e.Protected {
		path := strings.TrimRight(p.Path, "/")
		if other, twice := scopes[path]; twice && other != p.Scope {
			return fmt.Errorf("the path %s is under protected twice, with the scopes %s and %s", p.Path, other, p.Scope)
		}
		scopes[path] = p.Scope
		if !strings.HasPrefix(p.Path, "/") || strings.ContainsAny(p.Path, "?# \t\r\n") || p.Scope == "" {
			return fmt.Errorf("protected path %q needs a path that begins with / and a scope", p.Path)
		}
	}
	return nil
}

func (e *Environment) refusePlaces() error {
	if e.Bootstrap.members() != 1 {
		return errors.New("bootstrap must have exactly one of secret, file and variable")
	}
	if e.SessionSecret.members() > 1 {
		return errors.New("sessionSecret must have one of secret, file and variable")
	}
	return nil
}

// members counts the members that are set.
func (p Place) members() int {
	set := 0
	for _, is := range []bool{p.Secret != nil, p.File != "", p.Variable != ""} {
		if is {
			set++
		}
	}
	return set
}

// refuseNames rejects users whom Gafaelfawr cannot have, or for whom it makes no
// service tokens.
func (e *Environment) refuseNames() error {
	if e.User != nil && e.User.Username != "" && !gafaelfawr.ValidUsername(e.User.Username) {
		return fmt.Errorf("user.username must be a user name of Gafaelfawr, in lower case, such as alice, not %q",
			e.User.Username)
	}
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
