package kubernetes

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/lsst-sqre/muster/validation/environment"
)

// For each feature, the chart's role has exactly the rules that the suite's
// checks need.
func TestChartGrantsWhatChecksAsk(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../muster/chart/files/permissions.yaml")
	require.NoError(t, err)
	var file map[environment.Feature][]struct {
		APIGroups []string `yaml:"apiGroups"`
		Resources []string
		Verbs     []string
	}
	require.NoError(t, yaml.Unmarshal(text, &file))
	got := map[environment.Feature]map[string]bool{}
	for feature, rules := range file {
		got[feature] = map[string]bool{}
		for _, rule := range rules {
			require.Len(t, rule.APIGroups, 1, feature)
			for _, resource := range rule.Resources {
				for _, verb := range rule.Verbs {
					got[feature][verb+" "+resource+" of "+rule.APIGroups[0]] = true
				}
			}
		}
	}
	want := map[environment.Feature]map[string]bool{}
	add := func(feature environment.Feature, rules []Rule) {
		want[feature] = map[string]bool{}
		for _, g := range rules {
			for _, verb := range g.Verbs {
				want[feature][verb+" "+g.Resource.Resource+" of "+g.Resource.Group] = true
			}
		}
	}
	for feature, rules := range rulesOf {
		add(feature, rules)
	}
	add("write", rulesForWriting)
	for feature := range rulesOf {
		assert.Equal(t, feature != environment.Kubernetes, feature.NeedsKubernetes(), feature)
	}
	assert.Equal(t, want, got)
}

// The role of one account replaces no object of another's, nor of the chart's:
// kubectl apply would take their permissions away.
func TestRolesOfTwoAccounts(t *testing.T) {
	t.Parallel()
	var env environment.Environment
	env.Bootstrap.Secret = &environment.SecretKey{Namespace: "gafaelfawr", Name: "gafaelfawr"}
	owners := map[string]string{}
	for _, namespace := range []string{"muster", "ci"} {
		var text bytes.Buffer
		require.NoError(t, PrintRole(&text, &env, namespace, true))
		for part := range strings.SplitSeq(text.String(), "\n---\n") {
			var o struct {
				Kind     string
				Metadata struct{ Namespace, Name string }
			}
			require.NoError(t, yaml.Unmarshal([]byte(part), &o))
			assert.NotEqual(t, "muster-validation", o.Metadata.Name, "the chart's %s", o.Kind)
			key := o.Kind + " " + o.Metadata.Namespace + "/" + o.Metadata.Name
			assert.Empty(t, owners[key], "%s of both accounts", key)
			owners[key] = namespace
		}
	}
	assert.Len(t, owners, 10)
}
