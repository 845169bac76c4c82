package chart_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"

	"github.com/lsst-sqre/muster/muster"
)

// settings are the variables of the container.
func settings(t *testing.T, objects []manifest) map[string]string {
	t.Helper()
	container := find[appsv1.Deployment](t, objects, "Deployment", "muster").Spec.Template.Spec.Containers[0]
	require.Len(t, container.EnvFrom, 1)
	require.Empty(t, container.Env)
	name := container.EnvFrom[0].ConfigMapRef.Name
	return find[corev1.ConfigMap](t, objects, "ConfigMap", name).Data
}

// serverConfig returns the configuration that the server reads from its
// environment.
func serverConfig(t *testing.T, settings map[string]string) muster.Config {
	t.Helper()
	var environ []string
	for name, value := range settings {
		environ = append(environ, name+"="+value)
	}
	config, err := muster.ConfigFromEnvironment(environ)
	require.NoError(t, err, "the server does not start")
	return config
}

func TestServerTakesItsConfiguration(t *testing.T) {
	t.Parallel()
	config := serverConfig(t, settings(t, render(t)))
	assert.Equal(t, "minikube.lsst.codes", config.Host)
	assert.Equal(t, "/muster", config.PathPrefix)
	assert.Equal(t, "exec:admin", config.Scope)
	assert.Equal(t, "INFO", config.LogLevel)
	assert.Equal(t, "production", config.LogProfile)
	assert.Equal(t, "https://minikube.lsst.codes/repertoire", config.RepertoireURL)
	assert.Equal(t, 10*time.Second, config.Timeout)
	assert.Equal(t, ":8081", config.InternalAddress)
	assert.Empty(t, config.GafaelfawrURL)
	assert.Equal(t, ":8080", config.Address, "the port of Service and NetworkPolicy")

	config = serverConfig(t, settings(t, render(t, `
config: {pathPrefix: /check, scope: "read:image", logLevel: DEBUG, logProfile: development, timeout: 750ms,
  gafaelfawrUrl: "https://example.org/auth/api/v1", slackAlerts: true}
metrics: {enabled: true, port: 9090}`)))
	assert.Equal(t, "/check", config.PathPrefix)
	assert.Equal(t, "read:image", config.Scope)
	assert.Equal(t, "DEBUG", config.LogLevel)
	assert.Equal(t, "development", config.LogProfile)
	assert.Equal(t, 750*time.Millisecond, config.Timeout)
	assert.Equal(t, "https://example.org/auth/api/v1", config.GafaelfawrURL)
	assert.Equal(t, ":9090", config.InternalAddress)
}

func TestWithoutDiscoveryTheServerStillStarts(t *testing.T) {
	t.Parallel()
	objects, err := tryRender(t, "global: {host: example.org}")
	require.NoError(t, err)
	assert.Empty(t, serverConfig(t, settings(t, objects)).RepertoireURL)
}

func TestExtraCAIsWhereTheServerLooks(t *testing.T) {
	t.Parallel()
	objects := render(t, "extraCA: {configMap: authorities, key: root.pem}")
	pod := find[appsv1.Deployment](t, objects, "Deployment", "muster").Spec.Template.Spec
	require.Len(t, pod.Volumes, 1)
	require.Len(t, pod.Containers[0].VolumeMounts, 1)
	mount, volume := pod.Containers[0].VolumeMounts[0], pod.Volumes[0]
	require.Equal(t, volume.Name, mount.Name)
	require.NotNil(t, volume.ConfigMap)
	assert.Equal(t, "authorities", volume.ConfigMap.Name)
	assert.Equal(t, []corev1.KeyToPath{{Key: "root.pem", Path: "ca.crt"}}, volume.ConfigMap.Items)
	file := settings(t, objects)["MUSTER_CA_FILE"]
	assert.Equal(t, filepath.Join(mount.MountPath, "ca.crt"), file)
}

// assertConfined asserts the restricted Pod Security Standard and, beyond it, a
// read-only root file system.
func assertConfined(t *testing.T, pod corev1.PodSpec) {
	t.Helper()
	s := pod.SecurityContext
	require.NotNil(t, s)
	assert.Equal(t, new(true), s.RunAsNonRoot)
	assert.Equal(t, new(int64(1000)), s.RunAsUser)
	assert.Equal(t, new(int64(1000)), s.RunAsGroup)
	assert.Equal(t, &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault}, s.SeccompProfile)
	assert.Equal(t, new(false), pod.EnableServiceLinks, "MUSTER_PORT and the like would be set")
	for _, c := range pod.Containers {
		s := c.SecurityContext
		require.NotNil(t, s)
		assert.Equal(t, new(false), s.AllowPrivilegeEscalation)
		assert.Equal(t, new(true), s.ReadOnlyRootFilesystem)
		assert.Equal(t, &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}}, s.Capabilities)
		assert.NotEmpty(t, c.Resources.Requests)
		assert.NotEmpty(t, c.Resources.Limits)
	}
}

func TestServerPod(t *testing.T) {
	t.Parallel()
	d := find[appsv1.Deployment](t, render(t, "image: {tag: '1'}"), "Deployment", "muster")
	pod := d.Spec.Template.Spec
	assertConfined(t, pod)
	assert.Equal(t, new(false), pod.AutomountServiceAccountToken)
	assert.Equal(t, d.Spec.Selector.MatchLabels, d.Spec.Template.Labels)
	assert.Equal(t, map[string]string{"app.kubernetes.io/name": "muster", "app.kubernetes.io/instance": "muster"},
		d.Spec.Selector.MatchLabels, "a selector cannot be changed on an upgrade")
	require.Len(t, pod.TopologySpreadConstraints, 1)
	assert.Equal(t, d.Spec.Selector, pod.TopologySpreadConstraints[0].LabelSelector)

	c := pod.Containers[0]
	assert.Equal(t, "ghcr.io/lsst-sqre/muster-go:1", c.Image)
	for name, probe := range map[string]*corev1.Probe{
		"liveness": c.LivenessProbe, "readiness": c.ReadinessProbe, "startup": c.StartupProbe} {
		require.NotNil(t, probe, name)
		assert.Equal(t, "/healthz", probe.HTTPGet.Path, name)
		assert.Equal(t, "internal", probe.HTTPGet.Port.String(), name)
	}
	assert.Equal(t, "64Mi", c.Resources.Limits.Memory().String(), "the server's TestAttacks measures this much")
	require.NotNil(t, c.Lifecycle.PreStop.Sleep)
	// Open requests get 5 s and the report's timeout, at most a minute.
	assert.Greater(t, *pod.TerminationGracePeriodSeconds, c.Lifecycle.PreStop.Sleep.Seconds+65)
}

func TestRestartWithNewConfiguration(t *testing.T) {
	t.Parallel()
	sum := func(v values) string {
		d := find[appsv1.Deployment](t, render(t, v), "Deployment", "muster")
		return d.Spec.Template.Annotations["checksum/config"]
	}
	assert.NotEqual(t, sum(""), sum("config: {logLevel: DEBUG}"))
	assert.Equal(t, sum(""), sum("replicaCount: 2"))
}

func TestScheduling(t *testing.T) {
	t.Parallel()
	objects := render(t, `
nodeSelector: {kubernetes.io/arch: arm64}
tolerations: [{key: spot, operator: Exists}]
affinity: {nodeAffinity: {}}
podAnnotations: {a/b: c}
resources: {}`)
	d := find[appsv1.Deployment](t, objects, "Deployment", "muster")
	pod := d.Spec.Template.Spec
	assert.Equal(t, map[string]string{"kubernetes.io/arch": "arm64"}, pod.NodeSelector)
	assert.Equal(t, []corev1.Toleration{{Key: "spot", Operator: corev1.TolerationOpExists}}, pod.Tolerations)
	assert.NotNil(t, pod.Affinity.NodeAffinity)
	assert.Equal(t, "c", d.Spec.Template.Annotations["a/b"])
}

func TestServiceLeadsToTheServer(t *testing.T) {
	t.Parallel()
	objects := render(t)
	s := find[corev1.Service](t, objects, "Service", "muster")
	d := find[appsv1.Deployment](t, objects, "Deployment", "muster")
	assert.Equal(t, d.Spec.Template.Labels, s.Spec.Selector)
	require.Len(t, s.Spec.Ports, 1)
	assert.Equal(t, "http", s.Spec.Ports[0].Name)
	assert.Equal(t, int32(8080), s.Spec.Ports[0].Port)
	assert.Equal(t, d.Spec.Template.Spec.Containers[0].Ports[0].Name, s.Spec.Ports[0].TargetPort.String())
}

func TestOnlyTheIngressReachesTheServer(t *testing.T) {
	t.Parallel()
	policy := func(v values) networkingv1.NetworkPolicySpec {
		return find[networkingv1.NetworkPolicy](t, render(t, v), "NetworkPolicy", "muster").Spec
	}
	p := policy("metrics: {enabled: true}")
	assert.Equal(t, []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}, p.PolicyTypes)
	assert.Equal(t, "muster", p.PodSelector.MatchLabels["app.kubernetes.io/name"])
	require.Len(t, p.Ingress, 1, "metrics are for nobody who is not named")
	require.Len(t, p.Ingress[0].From, 1)
	assert.NotNil(t, p.Ingress[0].From[0].NamespaceSelector, "in any namespace")
	assert.Equal(t, map[string]string{"gafaelfawr.lsst.io/ingress": "true"}, p.Ingress[0].From[0].PodSelector.MatchLabels)
	require.Len(t, p.Ingress[0].Ports, 1)
	assert.Equal(t, "8080", p.Ingress[0].Ports[0].Port.String())

	p = policy("metrics: {enabled: true, port: 9090, from: [{podSelector: {matchLabels: {app: telegraf}}}]}")
	require.Len(t, p.Ingress, 2)
	assert.Equal(t, "9090", p.Ingress[1].Ports[0].Port.String())
	assert.Equal(t, "telegraf", p.Ingress[1].From[0].PodSelector.MatchLabels["app"])
}

func TestDisruptionBudget(t *testing.T) {
	t.Parallel()
	assert.NotContains(t, names(render(t)), "PodDisruptionBudget/muster",
		"it would keep the only pod's node from being drained")
	objects := render(t, "replicaCount: 2")
	b := find[policyv1.PodDisruptionBudget](t, objects, "PodDisruptionBudget", "muster")
	d := find[appsv1.Deployment](t, objects, "Deployment", "muster")
	assert.Equal(t, new(int32(2)), d.Spec.Replicas)
	assert.Equal(t, d.Spec.Selector, b.Spec.Selector)
	assert.Equal(t, "1", b.Spec.MaxUnavailable.String())
}

func TestEveryValueIsExplained(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("values.yaml")
	require.NoError(t, err)
	for _, path := range unexplained(t, text) {
		assert.Fail(t, "no comment that begins with # --", path)
	}
}
