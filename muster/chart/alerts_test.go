package chart_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	syaml "sigs.k8s.io/yaml"
)

// promtool is a program, because Prometheus is too large a dependency.
func promtool(t *testing.T, args ...string) {
	t.Helper()
	program, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not installed; Debian and Ubuntu have it in the package prometheus")
	}
	out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput()
	require.NoError(t, err, "%s", out)
}

func TestAlertRules(t *testing.T) {
	t.Parallel()
	require.NoError(t, readInputs()) // for the cache of go test
	promtool(t, "check", "rules", "--lint-fatal", "files/alerts.yaml")
	promtool(t, "test", "rules", "testdata/alerts.yaml")
}

// groups is a file of alert rules.
type groups struct {
	Groups []struct {
		Name  string `json:"name"`
		Rules []struct {
			Alert       string            `json:"alert"`
			Expr        string            `json:"expr"`
			For         string            `json:"for"`
			Labels      map[string]string `json:"labels"`
			Annotations map[string]string `json:"annotations"`
		} `json:"rules"`
	} `json:"groups"`
}

func alertRules(t *testing.T) groups {
	t.Helper()
	text, err := os.ReadFile("files/alerts.yaml")
	require.NoError(t, err)
	var file groups
	require.NoError(t, syaml.UnmarshalStrict(text, &file))
	return file
}

// alerted is a runner whose alerts Prometheus' operator has.
const alerted values = `
validation: {enabled: true}
metrics:
  enabled: true
  port: 9090
  from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}}]
runner: {alerts: {prometheusRule: {enabled: true, labels: {release: prometheus}}}}`

func TestPrometheusRuleIsTheFile(t *testing.T) {
	t.Parallel()
	assert.NotContains(t, names(render(t, runnerOn)), "PrometheusRule/muster-runner")
	objects := render(t, alerted)
	rule := find[struct {
		metav1.TypeMeta   `json:",inline"`
		metav1.ObjectMeta `json:"metadata"`
		Spec              groups `json:"spec"`
	}](t, objects, "PrometheusRule", "muster-runner")
	assert.Equal(t, "monitoring.coreos.com/v1", rule.APIVersion)
	assert.Equal(t, "prometheus", rule.Labels["release"])
	assert.Equal(t, alertRules(t), rule.Spec)
}

// An alert on missing metrics never ends if nothing scrapes the runner.
func TestAlertsNeedWhatIsScraped(t *testing.T) {
	t.Parallel()
	for _, unscraped := range []values{"metrics: {enabled: false}", "metrics: {from: []}"} {
		_, err := tryRender(t, deployed, alerted, unscraped)
		require.Error(t, err, unscraped)
		assert.Contains(t, err.Error(),
			"runner.alerts.prometheusRule.enabled needs metrics.enabled, and Prometheus' pods in metrics.from")
		_, err = tryRender(t, deployed, alerted, unscraped, "validation: {enabled: false}")
		assert.NoError(t, err, "there is no runner")
	}
}

// Prometheus' operator ignores annotations. It scrapes the pods of a PodMonitor.
func TestPodMonitorLeadsToTheRunnersMetrics(t *testing.T) {
	t.Parallel()
	assert.NotContains(t, names(render(t, runnerOn, "metrics: {enabled: true}")), "PodMonitor/muster-runner",
		"its kind may be unknown")
	objects := render(t, alerted)
	monitor := find[struct {
		metav1.TypeMeta   `json:",inline"`
		metav1.ObjectMeta `json:"metadata"`
		Spec              struct {
			Selector  metav1.LabelSelector `json:"selector"`
			Endpoints []struct {
				Port string `json:"port"`
				Path string `json:"path"`
			} `json:"podMetricsEndpoints"`
		} `json:"spec"`
	}](t, objects, "PodMonitor", "muster-runner")
	assert.Equal(t, "monitoring.coreos.com/v1", monitor.APIVersion)
	assert.Equal(t, "prometheus", monitor.Labels["release"])
	require.Len(t, monitor.Spec.Endpoints, 1)
	assert.Equal(t, "/metrics", monitor.Spec.Endpoints[0].Path)

	pod := find[appsv1.Deployment](t, objects, "Deployment", "muster-runner").Spec.Template
	assert.Equal(t, metav1.LabelSelector{MatchLabels: pod.Labels}, monitor.Spec.Selector)
	ports := map[string]int32{}
	for _, p := range pod.Spec.Containers[0].Ports {
		ports[p.Name] = p.ContainerPort
	}
	port := ports[monitor.Spec.Endpoints[0].Port]
	assert.Equal(t, int32(9090), port)
	opened := find[networkingv1.NetworkPolicy](t, objects, "NetworkPolicy", "muster-runner").Spec.Ingress
	require.Len(t, opened, 2)
	assert.Equal(t, port, opened[1].Ports[0].Port.IntVal, "the operator's Prometheus may reach it")
}

func TestAlertsAreExplained(t *testing.T) {
	t.Parallel()
	for _, g := range alertRules(t).Groups {
		for _, r := range g.Rules {
			assert.Contains(t, []string{"warning", "critical"}, r.Labels["severity"], r.Alert)
			assert.NotEmpty(t, r.Annotations["summary"], r.Alert)
			assert.NotEmpty(t, r.Annotations["description"], r.Alert)
			if r.For != "" {
				_, err := time.ParseDuration(r.For)
				assert.NoError(t, err, r.Alert)
			}
		}
	}
}

// dashboard has the parts of a dashboard that the tests read.
type dashboard struct {
	UID    string `json:"uid"`
	Panels []struct {
		ID      int    `json:"id"`
		Title   string `json:"title"`
		GridPos struct{ X, Y, W, H int }
		Targets []struct {
			RefID string `json:"refId"`
			Expr  string `json:"expr"`
		} `json:"targets"`
	} `json:"panels"`
}

func readDashboard(t *testing.T) (d dashboard) {
	t.Helper()
	text, err := os.ReadFile("files/dashboard.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &d))
	return d
}

func TestDashboardIsInstalledForTheSidecar(t *testing.T) {
	t.Parallel()
	assert.NotContains(t, names(render(t, runnerOn)), "ConfigMap/muster-runner-dashboard")
	objects := render(t, runnerOn, "runner: {alerts: {dashboard: {enabled: true}}}")
	m := find[corev1.ConfigMap](t, objects, "ConfigMap", "muster-runner-dashboard")
	assert.Equal(t, "1", m.Labels["grafana_dashboard"])
	text, err := os.ReadFile("files/dashboard.json")
	require.NoError(t, err)
	assert.JSONEq(t, string(text), m.Data["muster.json"])
}

func TestDashboardHasItsPanelsInOrder(t *testing.T) {
	t.Parallel()
	d := readDashboard(t)
	ids := map[int]bool{}
	for _, p := range d.Panels {
		assert.False(t, ids[p.ID], "two panels have the id %d", p.ID)
		ids[p.ID] = true
		assert.LessOrEqual(t, p.GridPos.X+p.GridPos.W, 24, p.Title)
		assert.NotEmpty(t, p.Targets, p.Title)
	}
	for i, p := range d.Panels {
		for _, q := range d.Panels[:i] {
			a, b := p.GridPos, q.GridPos
			assert.False(t, a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H, "%s lies over %s", p.Title,
				q.Title)
		}
	}
}

// expressions are all of alerts and dashboard, fit for Prometheus: Grafana's
// variables have values.
func expressions(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, g := range alertRules(t).Groups {
		for _, r := range g.Rules {
			all = append(all, r.Expr)
		}
	}
	variables := strings.NewReplacer("$__rate_interval", "5m", "$job", ".*")
	for _, p := range readDashboard(t).Panels {
		for _, target := range p.Targets {
			expr := variables.Replace(target.Expr)
			require.NotContains(t, expr, "$", p.Title)
			all = append(all, expr)
		}
	}
	return all
}

func TestDashboardsExpressionsAreRight(t *testing.T) {
	t.Parallel()
	var rules []string
	for i, expr := range expressions(t) {
		rules = append(rules, fmt.Sprintf("{record: 'r%d', expr: %q}", i, expr))
	}
	file := filepath.Join(t.TempDir(), "rules.yaml")
	text := "groups: [{name: all, rules: [" + strings.Join(rules, ", ") + "]}]"
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	promtool(t, "check", "rules", "--lint=none", file)
}
