package kubernetes

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// VaultSecret is a VaultSecret of vault-secrets-operator
// (ricoberger.de/v1alpha1).
type VaultSecret struct {
	Object `json:",inline"`
	Spec   struct {
		// Path and Paths are read together; either may be missing.
		Path  string   `json:"path"`
		Paths []string `json:"paths"`
		// Engine is kv, which "" means, or pki: its path is that of an authority.
		Engine string `json:"secretEngine"`
		// Keys are the keys that the Secret gets; empty means all at the path.
		Keys []string `json:"keys"`
		// Templates make the values of the Secret, by key.
		Templates map[string]string `json:"templates"`
		// Strategy Merge leaves keys in the Secret that others wrote there.
		Strategy string `json:"reconcileStrategy"`
	} `json:"spec"`
	Status struct {
		Conditions []Condition `json:"conditions"`
	} `json:"status"`
}

const vaultOperator = "vault-secrets-operator"

// States of a VaultSecret.
const (
	StateDenied      = "denied"
	StateSealed      = "sealed"
	StateUnreachable = "unreachable"
	StateNotInVault  = "not-in-vault"
	StateTemplate    = "template"
	StateNotWritten  = "not-written"
	StateInvalid     = "invalid"
	StateNotFetched  = "not-fetched"
)

// vaultErrors translate the operator's messages. The first entry whose words
// occur applies.
var vaultErrors = []struct {
	state, says string
	words       []string
}{
	{StateDenied, "Vault refuses (403): the policy of the operator's credentials does not cover the path, or they have " +
		"expired",
		[]string{"Code: 403", "permission denied", "returned 403"}},
	{StateDenied, "the operator has no credentials for Vault, or could not log in when it started",
		[]string{"missing client token", "shared client not initialized"}},
	{StateSealed, "Vault is sealed (503)", []string{"Vault is sealed"}},
	{StateUnreachable, "Vault cannot be reached: what stands in front of it answers for it",
		[]string{"Code: 502", "Code: 503", "Code: 504"}},
	{StateUnreachable, "Vault cannot be reached: the operator does not accept the certificate of Vault",
		[]string{"x509:"}},
	// Go's client begins so where no answer came.
	{StateUnreachable, "Vault cannot be reached", []string{`Get "http`, `Put "http`, `Post "http`, "connection refused",
		"dial tcp", "deadline exceeded", "EOF"}},
	{StateNotInVault, "nothing is at the path: it is not in Vault",
		[]string{"secret is nil", "secret not found", "Code: 404"}},
	{StateNotFetched, "what is at the path is no secret of keys and values",
		[]string{"could not parse secret value", "invalid secret data"}},
	{StateNotInVault, "the newest version at the path was deleted: it is not in Vault",
		[]string{"could not parse secret"}},
}

// Trouble returns what is wrong with the VaultSecret, according to the
// operator.
func (v VaultSecret) Trouble(now time.Time, grace time.Duration) Trouble {
	created := v.created()
	if t := created.observed(v.Object, vaultOperator, now, grace); !t.OK() || created.Is() {
		return t
	}
	state, says := created.vaultError()
	// Two writers met: the operator tries again at once.
	met := strings.Contains(created.Message, "the object has been modified") && now.Sub(created.Since.Time) < grace
	return trouble(state, "%s: path %s, %s%s", says, strings.Join(v.VaultPaths(), ", "),
		created, created.since()).pendingIf(met)
}

// Stored reports whether somebody wrote the secret into Vault, which issues those of
// other engines itself.
func (v VaultSecret) Stored() bool { return v.Spec.Engine == "" || v.Spec.Engine == "kv" }

// VaultPaths returns the paths in Vault without the slashes around them, which mean
// nothing.
func (v VaultSecret) VaultPaths() (all []string) {
	for _, p := range append([]string{v.Spec.Path}, v.Spec.Paths...) {
		if p = strings.Trim(p, "/"); p != "" {
			all = append(all, p)
		}
	}
	return all
}

func (v VaultSecret) created() Condition { return conditionOf(v.Status.Conditions, "SecretCreated") }

// Read reports whether the operator has read the path that the object names
// now.
func (v VaultSecret) Read() bool {
	created := v.created()
	return created.Is() && (created.ObservedGeneration == 0 || created.ObservedGeneration >= v.Meta.Generation)
}

// vaultError says what a condition that is not True means.
func (c Condition) vaultError() (state, says string) {
	switch {
	case c.Reason == "CreateFailed" && strings.Contains(c.Message, "template"):
		return StateTemplate, "a template of it cannot be filled in"
	case c.Reason == "CreateFailed", c.Reason == "UpdateFailed", c.Reason == "MergeFailed":
		return StateNotWritten, "it was read, and the Secret cannot be written"
	case c.Reason == "InvalidResource":
		return StateInvalid, "the operator refuses it"
	}
	for _, e := range vaultErrors {
		if slices.ContainsFunc(e.words, func(word string) bool { return strings.Contains(c.Message, word) }) {
			return e.state, e.says
		}
	}
	return StateNotFetched, "it cannot be read"
}

// noValue is the result of a template for a missing key.
var noValue = []byte("<no value>")

// mayBeEmpty matches templates whose result depends on a condition, or on no secret at
// all.
var mayBeEmpty = regexp.MustCompile(`^[^{]*$|\{%-?\s*(if|with|range)\b|\bdefault\b`)

// Wanted returns the keys that the Secret must have; nil means whatever is at
// the path.
func (v VaultSecret) Wanted() []string {
	if len(v.Spec.Templates) > 0 {
		return slices.Sorted(maps.Keys(v.Spec.Templates))
	}
	return slices.Sorted(slices.Values(v.Spec.Keys))
}

// SecretTroubles returns what the operator's Secret lacks. The operator reports
// success, whatever is missing.
func (v VaultSecret) SecretTroubles(s Secret) []string {
	var all []string
	path := strings.Join(v.VaultPaths(), ", ")
	for _, key := range v.Wanted() {
		if _, ok := s.Data[key]; !ok {
			all = append(all, fmt.Sprintf("its Secret has no key %s, which spec names: it is not at the path %s", key,
				path))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(s.Data)) {
		template, templated := v.Spec.Templates[key]
		switch value := s.Data[key]; {
		case v.Spec.Strategy == "Merge" && len(v.Wanted()) > 0 && !slices.Contains(v.Wanted(), key):
		case templated && len(value) == 0 && mayBeEmpty.MatchString(template):
		case templated && bytes.Contains(value, noValue):
			all = append(all, "the key "+key+" has the text <no value>: its template names a key that is not at the path "+path)
		case len(value) > 0:
		case templated:
			all = append(all, "the key "+key+": it is empty, as its template names a key that is not at the path "+path+
				", or one that is empty")
		default:
			all = append(all, "the key "+key+": it is empty, stored so in Vault")
		}
	}
	return all
}
