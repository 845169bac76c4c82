package suite

import (
	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/message"
)

// What checks need of package environment, so that they import suite alone.
type (
	// Environment is what the deployment under test is declared to be.
	Environment = environment.Environment
	// Feature is something that an environment declares its deployment to have.
	Feature = environment.Feature
	// Target is a path of the deployment and the scope that it needs.
	Target = environment.Target
)

// The features that an Obligation may need.
const (
	Quota     = environment.Quota
	HomePage  = environment.HomePage
	Discovery = environment.Discovery
	LDAP      = environment.LDAP
	Firestore = environment.Firestore

	Kubernetes   = environment.Kubernetes
	ReadSecrets  = environment.ReadSecrets
	IngressNginx = environment.IngressNginx
	ArgoCD       = environment.ArgoCD
	Vault        = environment.Vault
	CertManager  = environment.CertManager
	Policies     = environment.Policies
	Inside       = environment.Inside
	Persistence  = environment.Persistence
)

// Which Muster an environment has behind its ingress.
const (
	GoMuster     = environment.GoMuster
	PythonMuster = environment.PythonMuster
	NoMuster     = environment.NoMuster
)

// Few names the first of a list that may be long.
func Few(list []string) string { return message.Few(list) }

// What checks need of package client, so that they import suite alone.
type (
	// Request is one request to the deployment; the zero values are a GET over
	// HTTP/1.1 and TLS without credentials.
	Request = client.Request
	// Credential is what a request shows to be let in.
	Credential = client.Credential
)

// Authorization sends a value as it is; shell is how a person would write it,
// value itself where shell is empty.
func Authorization(value, shell string) Credential { return client.Authorization(value, shell) }

// Cookie sends a Cookie header as it is.
func Cookie(value string) Credential { return client.Cookie(value) }
