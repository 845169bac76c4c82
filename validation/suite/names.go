package suite

import (
	"github.com/lsst-sqre/muster/validation/answers"
	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/message"
	"github.com/lsst-sqre/muster/validation/sweep"
	"github.com/lsst-sqre/muster/validation/tokens"
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

// What checks need of package tokens, so that they import suite alone.
type (
	// Spec says what token a check wants.
	Spec = tokens.Spec
	// Identity is a credential that was made for this run.
	Identity = tokens.Identity
)

// Credentials made of identities; package tokens documents each.
var (
	Anonymous         = tokens.Anonymous
	Bearer            = tokens.Bearer
	BasicUser         = tokens.BasicUser
	BasicPassword     = tokens.BasicPassword
	BasicBoth         = tokens.BasicBoth
	BasicPair         = tokens.BasicPair
	BearerAfterTab    = tokens.BearerAfterTab
	BearerSpelled     = tokens.BearerSpelled
	BasicSpelled      = tokens.BasicSpelled
	Unknown           = tokens.Unknown
	WrongSecret       = tokens.WrongSecret
	BasicNamed        = tokens.BasicNamed
	BasicNamedAfter   = tokens.BasicNamedAfter
	BearerBeforeBlank = tokens.BearerBeforeBlank
	NearMisses        = tokens.NearMisses
)

// What checks need of package answers, so that they import suite alone.
type (
	// Answer is what came back. Its verifiers record failures of the check.
	Answer = answers.Answer
)

// Functions of package answers for checks; it documents each.
var (
	ForwardedFor = answers.ForwardedFor
	LastAddress  = answers.LastAddress
	LeadsTo      = answers.LeadsTo
	SortedGroups = answers.SortedGroups
)

// What checks need of package sweep, so that they import suite alone.
type (
	// SweepResult is a request for an address of a route, and what came back.
	SweepResult = sweep.Result
	// Complaint is what is wrong with an address.
	Complaint = sweep.Complaint
)
