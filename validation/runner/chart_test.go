package runner

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	syaml "sigs.k8s.io/yaml"
)

// What the chart lets through and the runner refuses is a pod that is started
// again and again.
func TestChartRefusesTheRunnersFlags(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../muster/chart/files/runner-arguments.yaml")
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

// A runner that is killed at its end owes somebody an answer, or a message.
func TestChartGivesTheRunnerTimeToEnd(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../muster/chart/templates/runner-deployment.yaml")
	require.NoError(t, err)
	found := regexp.MustCompile(`(?m)^ +terminationGracePeriodSeconds: (\d+)$`).FindSubmatch(text)
	require.NotNil(t, found)
	seconds, err := strconv.Atoi(string(found[1]))
	require.NoError(t, err)
	assert.Greater(t, time.Duration(seconds)*time.Second, Config{}.withDefaults().answering()+telling)
}

func TestChartHasTheRunnersPrefixes(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../muster/chart/values.schema.json")
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
