package kubernetes

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

// A policy opens pods if those of all namespaces may connect to a port to which a
// Service leads, however the policy says so.
func TestPolicyOpens(t *testing.T) {
	t.Parallel()
	var w Workload
	w.Meta.Namespace, w.Template.Labels = "gafaelfawr", map[string]string{"app": "g"}
	require.NoError(t, yaml.Unmarshal([]byte(`{containers: [{ports: [{name: http, containerPort: 8080}]}]}`),
		&w.Template.Spec))
	services := make([]Service, 2)
	for i, text := range []string{
		`{metadata: {namespace: gafaelfawr}, spec: {selector: {app: g}, ports: [{port: 80, targetPort: http}]}}`,
		`{metadata: {namespace: other}, spec: {selector: {app: g}, ports: [{port: 9090}]}}`,
	} {
		require.NoError(t, yaml.Unmarshal([]byte(text), &services[i]))
	}
	namespaces := make([]Namespace, 3)
	namespaces[0].Meta.Name, namespaces[1].Meta.Name, namespaces[2].Meta.Name = "gafaelfawr", "muster", "kube-system"
	namespaces[1].Meta.Labels = map[string]string{"team": "a"}
	entrances := w.Entrances(services)
	require.Equal(t, []Entrance{{"http", 8080}}, entrances)
	for rule, opens := range map[string]bool{
		`{}`:                                     true,
		`{ports: [{port: 8080}]}`:                true,
		`{ports: [{port: http}]}`:                true,
		`{ports: [{port: 9090}]}`:                false,
		`{ports: [{port: other}]}`:               false,
		`{ports: [{port: 8000, endPort: 9000}]}`: true,
		`{ports: [{protocol: TCP}]}`:             true,
		`{from: [{namespaceSelector: {}}]}`:      true,
		`{from: [{namespaceSelector: {}, podSelector: {matchLabels: {a: b}}}]}`:                                     false,
		`{from: [{namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: Exists}]}}]}`: true,
		`{from: [{namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn,
			values: [kube-system]}]}}]}`: true,
		`{from: [{namespaceSelector: {matchExpressions: [{key: team, operator: DoesNotExist}]}}]}`: false,
		`{from: [{namespaceSelector: {matchLabels: {team: a}}}]}`:                                  false,
		`{from: [{podSelector: {}}]}`:                                                              false,
		`{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}`:                                                   true,
		`{from: [{ipBlock: {cidr: 0.0.0.0/0, except: [169.254.169.254/32]}}]}`:                     true,
		`{from: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8, 192.168.0.0/16]}}]}`:             false,
		`{from: [{ipBlock: {cidr: 128.0.0.0/1}}]}`:                                                 true,
		`{from: [{ipBlock: {cidr: "::/0"}}]}`:                                                      true,
		`{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}`:                                                  false,
		`{from: [{ipBlock: {cidr: 192.0.2.0/24}}]}`:                                                false,
	} {
		var n NetworkPolicy
		require.NoError(t, yaml.Unmarshal([]byte("{spec: {ingress: ["+rule+"]}}"), &n))
		assert.Equal(t, opens, n.Opens(entrances, namespaces), rule)
	}
}
