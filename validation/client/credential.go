package client

import "github.com/lsst-sqre/muster/validation/message"

// Credential is what a request shows to be let in; the zero value is nothing.
type Credential []CredentialLine

// CredentialLine is a header line. Shell is its value as it stands between
// double quotes in a shell command, with tokens in variables.
type CredentialLine struct{ Name, Value, Shell string }

// Authorization sends a value as it is; shell is how a person would write it,
// value itself where shell is empty.
func Authorization(value, shell string) Credential {
	if shell == "" {
		shell = message.Shell(value)
	}
	return Credential{{"Authorization", value, shell}}
}

// Cookie sends a Cookie header as it is.
func Cookie(value string) Credential { return Credential{{"Cookie", value, message.Shell(value)}} }

// And sends both.
func (c Credential) And(other Credential) Credential {
	return append(append(Credential{}, c...), other...)
}
