package suite

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// The chart gives the validation inside the cluster what the suite grants its
// checks, feature by feature, and no more.
func TestChartGrantsWhatChecksAsk(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../muster/chart/files/permissions.yaml")
	require.NoError(t, err)
	var file map[Feature][]struct {
		APIGroups []string `yaml:"apiGroups"`
		Resources []string
		Verbs     []string
	}
	require.NoError(t, yaml.Unmarshal(text, &file))
	got := map[Feature]map[string]bool{}
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
	want := map[Feature]map[string]bool{}
	add := func(feature Feature, grants []grant) {
		want[feature] = map[string]bool{}
		for _, g := range grants {
			for _, verb := range g.verbs {
				want[feature][verb+" "+g.resource.Resource+" of "+g.resource.Group] = true
			}
		}
	}
	for feature, grants := range granted {
		add(feature, grants)
	}
	add("write", grantedForWriting)
	for feature := range granted {
		assert.Equal(t, feature != Kubernetes, feature.NeedsKubernetes(), feature)
	}
	assert.Equal(t, want, got)
}
