package suite

import (
	"github.com/lsst-sqre/muster/validation/answers"
	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/message"
	"github.com/lsst-sqre/muster/validation/sweep"
	"github.com/lsst-sqre/muster/validation/tokens"
)

// Types of package environment, so that checks import suite alone.
type (
	// Environment declares what the deployment under test should be.
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

// Kinds of Muster that an environment may have behind its ingress.
const (
	GoMuster     = environment.GoMuster
	PythonMuster = environment.PythonMuster
	NoMuster     = environment.NoMuster
)

// Few names the first items of a list that may be long.
func Few(list []string) string { return message.Few(list) }

// Types of package client, so that checks import suite alone.
type (
	// Request is one request to the deployment; the zero values are a GET over
	// HTTP/1.1 and TLS without credentials.
	Request = client.Request
	// Credential is what a request presents to be let in.
	Credential = client.Credential
)

// DidYouMean returns a question with the known word that is nearest to a misspelt one,
// or "".
func DidYouMean(word string, known []string) string { return environment.DidYouMean(word, known) }

// Authorization sends value unchanged. shell is the same value as a shell would
// write it; empty means value itself.
func Authorization(value, shell string) Credential { return client.Authorization(value, shell) }

// Cookie sends a Cookie header unchanged.
func Cookie(value string) Credential { return client.Cookie(value) }

// Types of package tokens, so that checks import suite alone.
type (
	// Spec describes the token that a check wants.
	Spec = tokens.Spec
	// Identity is a credential that was made for this run.
	Identity = tokens.Identity
	// Session is a login session with the token of an identity inside.
	Session = tokens.Session
	// SessionState is what a session cookie holds.
	SessionState = tokens.SessionState
)

// Credentials from identities; package tokens documents each.
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
	Written           = tokens.Written
	BasicBetween      = tokens.BasicBetween
	NearMisses        = tokens.NearMisses
)

// Types of package answers, so that checks import suite alone.
type (
	// Answer is the response to a request. Its verifiers record failures of the
	// check.
	Answer = answers.Answer
	// Any is a value of a wanted body that may differ.
	Any = answers.Any
	// EachOf is a list in a wanted body.
	EachOf = answers.EachOf
	// Optional is a member of a wanted body that may be missing.
	Optional = answers.Optional
	// Begins is a text of a wanted body that begins so.
	Begins = answers.Begins
)

// Functions of package answers for checks; it documents each.
var (
	ForwardedFor = answers.ForwardedFor
	LastAddress  = answers.LastAddress
	SortedGroups = answers.SortedGroups
)

// Types of package sweep, so that checks import suite alone.
type (
	// SweepResult is a request to an address of a route, and its response.
	SweepResult = sweep.Result
	// Complaint describes what is wrong with an address.
	Complaint = sweep.Complaint
)
