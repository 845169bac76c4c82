package kubernetes

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

func TestReadsSecret(t *testing.T) {
	t.Parallel()
	for spec, want := range map[string]bool{
		"containers: [{env: [{name: A, valueFrom: {secretKeyRef: {name: gafaelfawr, key: a}}}]}]":    true,
		"containers: [{}, {envFrom: [{secretRef: {name: gafaelfawr}}]}]":                             true,
		"volumes: [{name: a, emptyDir: {}}, {name: b, secret: {secretName: gafaelfawr}}]":            true,
		"volumes: [{name: b, secret: {secretName: gafaelfawr-keytab}}]":                              false,
		"containers: [{env: [{name: gafaelfawr, value: gafaelfawr}]}]":                               false,
		"containers: [{env: [{name: A, valueFrom: {configMapKeyRef: {name: gafaelfawr, key: a}}}]}]": false,
		"containers: [{envFrom: [{configMapRef: {name: gafaelfawr}}]}]":                              false,
	} {
		var p Pod
		require.NoError(t, yaml.Unmarshal([]byte(spec), &p.Spec))
		assert.Equal(t, want, p.ReadsSecret("gafaelfawr"), spec)
	}
}

func TestClaims(t *testing.T) {
	t.Parallel()
	var p Pod
	spec := "volumes: [{name: a, emptyDir: {}}, {name: data, persistentVolumeClaim: {claimName: redis}}]"
	require.NoError(t, yaml.Unmarshal([]byte(spec), &p.Spec))
	assert.True(t, p.Claims("redis"))
	assert.False(t, p.Claims("data"))
}
