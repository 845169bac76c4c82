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

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	syaml "sigs.k8s.io/yaml"

	"github.com/lsst-sqre/muster/validation/runner/notify"
	"github.com/lsst-sqre/muster/validation/runner/notify/notifytest"
)

// If the chart accepted values that the runner refuses, Kubernetes would restart
// the pod for ever.
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

// The grace period of the pod suffices for all answers and messages.
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
	// JSON Schema has no \A and \z, and its ^ and $ do not match at line ends.
	assert.Equal(t, strings.NewReplacer(`\A`, "^", `\z`, "$").Replace(prefixPattern.String()),
		schema.Properties.Config.Properties.PathPrefix.Pattern)
}

// metricNames returns the names of the runner's metrics.
func metricNames(t *testing.T) []string {
	t.Helper()
	hook, err := notify.NewWebhook(notify.WebhookConfig{File: notifytest.SecretFile(t, "https://example.org")}, testLog)
	require.NoError(t, err)
	var all []string
	for _, c := range []prometheus.Collector{newMetrics(time.Minute), hook} {
		descs := make(chan *prometheus.Desc, 100)
		c.Describe(descs)
		close(descs)
		for d := range descs {
			all = append(all, regexp.MustCompile(`fqName: "([^"]+)"`).FindStringSubmatch(d.String())[1])
		}
	}
	return all
}

// An alert on an unknown metric never fires.
func TestChartUsesMetricsThatExist(t *testing.T) {
	t.Parallel()
	known, used := metricNames(t), map[string]bool{}
	for _, file := range []string{"alerts.yaml", "dashboard.json"} {
		text, err := os.ReadFile("../../muster/chart/files/" + file)
		require.NoError(t, err)
		names := regexp.MustCompile(`\bmuster_[a-z_]+`).FindAllString(string(text), -1)
		assert.NotEmpty(t, names, file)
		for _, name := range names {
			assert.Contains(t, known, name, file)
			used[name] = true
		}
	}
	for _, name := range known {
		assert.True(t, used[name] || name == "muster_validation_running", "nothing shows %s", name)
	}
}
