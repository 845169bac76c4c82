package runner

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	syaml "sigs.k8s.io/yaml"
)

// What the chart lets through and the runner refuses is a pod that is started
// again and again.
func TestChartRefusesTheRunnersFlags(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../chart/files/runner-arguments.yaml")
	require.NoError(t, err)
	var file struct {
		Refused map[string]string `json:"refused"`
	}
	require.NoError(t, syaml.UnmarshalStrict(text, &file))
	assert.Equal(t, slices.Sorted(maps.Keys(ownFlags)), slices.Sorted(maps.Keys(file.Refused)))
	for name, why := range file.Refused {
		assert.NotEmpty(t, why, name)
	}
}

func TestChartHasTheRunnersPrefixes(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../chart/values.schema.json")
	require.NoError(t, err)
	var schema struct {
		Properties struct {
			Config struct {
				Properties struct {
					PathPrefix struct {
						Pattern string `json:"pattern"`
					} `json:"pathPrefix"`
				} `json:"properties"`
			} `json:"config"`
		} `json:"properties"`
	}
	require.NoError(t, json.Unmarshal(text, &schema))
	// JSON schema has no anchors of the text, and ^ and $ are none of the line.
	assert.Equal(t, strings.NewReplacer(`\A`, "^", `\z`, "$").Replace(prefixPattern.String()),
		schema.Properties.Config.Properties.PathPrefix.Pattern)
}
