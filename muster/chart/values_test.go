package chart_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3" // keeps comments
)

// unexplained lists the values without a comment for helm-docs. A mapping needs
// one itself or on everything below it.
func unexplained(t *testing.T, text []byte) []string {
	t.Helper()
	var document yaml.Node
	require.NoError(t, yaml.Unmarshal(text, &document))
	var missing []string
	var walk func(prefix string, mapping *yaml.Node)
	walk = func(prefix string, mapping *yaml.Node) {
		for i := 0; i < len(mapping.Content); i += 2 {
			key, value := mapping.Content[i], mapping.Content[i+1]
			switch path := prefix + key.Value; {
			case strings.Contains(key.HeadComment, "# -- "):
			case value.Kind == yaml.MappingNode && len(value.Content) > 0:
				walk(path+".", value)
			default:
				missing = append(missing, path)
			}
		}
	}
	walk("", document.Content[0])
	return missing
}

func TestDefaultsNeedOnlyTheHost(t *testing.T) {
	t.Parallel()
	_, err := tryRender(t)
	require.Error(t, err)
	assert.Contains(t, err.Error(), "global.host must be set")
	_, err = tryRender(t, "global: {host: example.org}")
	assert.NoError(t, err)
}

func TestSchemaRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ values, names values }{
		{"replicaCount: 0", "/replicaCount"},
		{"replicaCount: two", "/replicaCount"},
		{"replicas: 2", "replicas"},
		{"image: {tag: 'a b'}", "/image/tag"},
		{"image: {repository: ''}", "/image/repository"},
		{"image: {pullPolicy: Sometimes}", "/image/pullPolicy"},
		{"image: {digest: x}", "/image"},
		{"config: {pathPrefix: muster}", "/config/pathPrefix"},
		{"config: {pathPrefix: /muster/}", "/config/pathPrefix"},
		{"config: {pathPrefix: /}", "/config/pathPrefix"},
		{"config: {pathPrefix: /a/../b}", "/config/pathPrefix"},
		{"config: {pathPrefix: /.m}", "/config/pathPrefix"},
		{`config: {pathPrefix: "/a\"b"}`, "/config/pathPrefix"},
		{"config: {scope: ''}", "/config/scope"},
		{`config: {scope: "exec:admin, read:image"}`, "/config/scope"},
		{"config: {logLevel: LOUD}", "/config/logLevel"},
		{"config: {logProfile: test}", "/config/logProfile"},
		{"config: {timeout: 2m}", "/config/timeout"},
		{"config: {timeout: 50ms}", "/config/timeout"},
		{"config: {timeout: 5}", "/config/timeout"},
		{"config: {gafaelfawrUrl: gafaelfawr}", "/config/gafaelfawrUrl"},
		{"config: {updateSchema: true}", "/config"},
		{"extraCA: {configMap: A_B}", "/extraCA/configMap"},
		{"extraCA: {secret: a}", "/extraCA"},
		{"ingress: {tlsSecretName: 'a b'}", "/ingress/tlsSecretName"},
		{"ingress: {annotations: {a: 1}}", "/ingress/annotations/a"},
		{"metrics: {port: 8080}", "/metrics/port"},
		{"metrics: {port: 80}", "/metrics/port"},
		{"validation: {cronJob: {schedule: hourly}}", "/validation/cronJob/schedule"},
		{"validation: {activeDeadlineSeconds: 30}", "/validation/activeDeadlineSeconds"},
		{"validation: {activeDeadlineSeconds: 86401}", "/validation/activeDeadlineSeconds"},
		{"validation: {job: {wait: 99999999999m}}", "/validation/job/wait"},
		{"validation: {job: {wait: 1h}}", "/validation/job/wait"},
		{"validation: {environment: {url: 'http://example.org'}}", "/validation/environment/url"},
		{"validation: {environment: {features: [kubernets]}}", "/validation/environment/features/0"},
		{"validation: {environment: {urll: 'https://example.org'}}", "/validation/environment"},
		{"validation: {environment: {services: {portal: }}}", "/validation/environment/services/portal"},
		{"validation: {extraRules: [{apiGroups: [''], resources: [pods], verbs: [delete]}]}", "/validation/extraRules"},
		{"global: {host: 'https://example.org'}", "/global/host"},
		{"global: {repertoireUrl: example.org}", "/global/repertoireUrl"},
	} {
		t.Run(string(c.values), func(t *testing.T) {
			t.Parallel()
			_, err := tryRender(t, deployed, c.values)
			require.Error(t, err)
			assert.Contains(t, err.Error(), "don't meet the specifications of the schema")
			assert.Contains(t, err.Error(), string(c.names))
		})
	}
}
