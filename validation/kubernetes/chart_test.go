package kubernetes

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/lsst-sqre/muster/validation/environment"
)

// The chart gives the validation inside the cluster what the suite grants its
// checks, feature by feature, and no more.
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
