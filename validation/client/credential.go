package client

import "github.com/lsst-sqre/muster/validation/message"

// Credential is what a request presents to be let in. The zero value is no
// credential.
type Credential []CredentialLine

// CredentialLine is a header line. Shell is its value for use between double
// quotes in a shell command, with tokens in variables.
type CredentialLine struct{ Name, Value, Shell string }

// Authorization sends value unchanged. shell is the same value as a shell would
// write it; empty means value itself.
func Authorization(value, shell string) Credential {
	if shell == "" {
		shell = message.Shell(value)
	}
	return Credential{{"Authorization", value, shell}}
}

// Cookie sends a Cookie header unchanged.
func Cookie(value string) Credential { return Credential{{"Cookie", value, message.Shell(value)}} }

// And sends both credentials.
func (c Credential) And(other Credential) Credential {
	return append(append(Credential{}, c...), other...)
}

// Named sends the same with the names of the header lines changed, such as their letters.
func (c Credential) Named(change func(name string) string) Credential {
	var named Credential
	for _, line := range c {
		line.Name = change(line.Name)
		named = append(named, line)
	}
	return named
}
