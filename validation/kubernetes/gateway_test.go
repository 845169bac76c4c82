package kubernetes

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

const ofChallenge = `metadata: {ownerReferences: [{apiVersion: acme.cert-manager.io/v1, kind: Challenge, name: x}]}, `

// A route leads somewhere unless all its rules redirect, or answer a challenge.
func TestGatewayRoutes(t *testing.T) {
	t.Parallel()
	const answers = `{matches: [{path: {type: Exact, value: /.well-known/acme-challenge/x}}], backendRefs: [{name: s}]}`
	for text, want := range map[string][2]bool{
		`{spec: {rules: [{filters: [{type: RequestRedirect}]}]}}`:                             {true, false},
		`{spec: {rules: [{filters: [{type: RequestRedirect}]}, {backendRefs: [{name: s}]}]}}`: {false, false},
		`{spec: {rules: [{filters: [{type: RequestMirror}]}]}}`:                               {false, false},
		`{spec: {hostnames: [a.example.org]}}`:                                                {false, false},
		`{` + ofChallenge + `spec: {rules: [` + answers + `]}}`:                               {false, true},
		`{` + ofChallenge + `spec: {rules: [` + answers + `, {backendRefs: [{name: s}]}]}}`:   {false, false},
		`{` + ofChallenge + `spec: {}}`:                                                       {false, false},
		`{spec: {rules: [` + answers + `]}}`:                                                  {false, false},
	} {
		var r GatewayRoute
		require.NoError(t, yaml.Unmarshal([]byte(text), &r))
		assert.Equal(t, want, [2]bool{r.OnlyRedirects(), r.Solves()}, text)
	}
}

// cert-manager's Service for HTTP-01 is a NodePort by default, and its own alone.
func TestServiceOfChallenge(t *testing.T) {
	t.Parallel()
	const selects = `spec: {type: NodePort, selector: {acme.cert-manager.io/http01-solver: "true"}}}`
	for text, solves := range map[string]bool{
		`{` + ofChallenge + selects: true,
		`{` + selects:               false,
		`{` + ofChallenge + `spec: {type: NodePort, selector: {app: a}}}`: false,
	} {
		var s Service
		require.NoError(t, yaml.Unmarshal([]byte(text), &s))
		assert.True(t, s.Outside())
		assert.Equal(t, solves, s.Solves(), text)
	}
}
