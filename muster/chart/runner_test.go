package chart_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	syaml "sigs.k8s.io/yaml"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// runnerOn enables the validation in the runner, with its defaults.
const runnerOn values = "validation: {enabled: true}"

func runnerDeployment(t *testing.T, all ...values) *appsv1.Deployment {
	t.Helper()
	return find[appsv1.Deployment](t, render(t, append([]values{runnerOn}, all...)...), "Deployment", "muster-runner")
}

// runnerSettings are what the runner's environment says.
func runnerSettings(t *testing.T, all ...values) map[string]string {
	t.Helper()
	return find[corev1.ConfigMap](t, render(t, append([]values{runnerOn}, all...)...), "ConfigMap", "muster-runner").Data
}

// Two schedules would run the validation twice and use up the quota without an
// explanation.
func TestOneSchedule(t *testing.T) {
	t.Parallel()
	withRunner := names(render(t, runnerOn))
	assert.Contains(t, withRunner, "Deployment/muster-runner")
	assert.NotContains(t, withRunner, "CronJob/muster-validation")
	withCronJob := names(render(t, runnerOn, "runner: {enabled: false}"))
	assert.Contains(t, withCronJob, "CronJob/muster-validation")
	for _, name := range withCronJob {
		assert.NotContains(t, name, "runner")
	}
	// The run after an installation is no schedule.
	assert.Contains(t, names(render(t, runnerOn, "validation: {job: {enabled: true}}")), "Job/muster-validation")
}

func TestRunnerPod(t *testing.T) {
	t.Parallel()
	d := runnerDeployment(t, "image: {tag: '7'}")
	assert.Equal(t, new(int32(1)), d.Spec.Replicas)
	assert.Equal(t, appsv1.RecreateDeploymentStrategyType, d.Spec.Strategy.Type, "never two at once")
	assert.Equal(t, d.Spec.Selector.MatchLabels, d.Spec.Template.Labels)
	pod := d.Spec.Template.Spec
	assertConfined(t, pod)
	assert.Equal(t, new(int64(1000)), pod.SecurityContext.FSGroup, "the volume is written to")
	assert.Equal(t, "muster-validation", pod.ServiceAccountName)
	assert.Greater(t, *pod.TerminationGracePeriodSeconds, int64(90))
	c := pod.Containers[0]
	assert.Equal(t, "ghcr.io/lsst-sqre/muster-go:7", c.Image)
	assert.Equal(t, []string{"/muster-runner"}, c.Command)
	assert.Empty(t, c.Args)
	ports := map[string]int32{}
	for _, p := range c.Ports {
		ports[p.Name] = p.ContainerPort
	}
	assert.Equal(t, map[string]int32{"http": 8080, "internal": 8081}, ports)
	for name, probe := range map[string]*corev1.Probe{
		"liveness": c.LivenessProbe, "readiness": c.ReadinessProbe, "startup": c.StartupProbe} {
		require.NotNil(t, probe, name)
		assert.Equal(t, "/healthz", probe.HTTPGet.Path, name)
		assert.Equal(t, "internal", probe.HTTPGet.Port.String(), name)
	}
	assert.Empty(t, d.Spec.Template.Annotations["prometheus.io/scrape"])
}

func TestRunnerIsNoServer(t *testing.T) {
	t.Parallel()
	objects := render(t, runnerOn)
	d := find[appsv1.Deployment](t, objects, "Deployment", "muster-runner")
	assert.NotSubset(t, d.Spec.Template.Labels, find[corev1.Service](t, objects, "Service", "muster").Spec.Selector)
	s := find[corev1.Service](t, objects, "Service", "muster-runner")
	assert.Equal(t, d.Spec.Template.Labels, s.Spec.Selector)
	assert.Equal(t, int32(8080), s.Spec.Ports[0].Port)
	assert.Equal(t, "http", s.Spec.Ports[0].TargetPort.String())
}

func TestRunnerSettings(t *testing.T) {
	t.Parallel()
	assert.Equal(t, map[string]string{
		"MUSTER_HOST":               "minikube.lsst.codes",
		"MUSTER_INTERNAL_ADDRESS":   ":8081",
		"MUSTER_LOG_LEVEL":          "INFO",
		"MUSTER_LOG_PROFILE":        "production",
		"MUSTER_RUNNER_ARGS":        `["-env=/etc/muster/environment.yaml"]`,
		"MUSTER_RUNNER_INTERVAL":    "15m",
		"MUSTER_RUNNER_KEEP":        "200",
		"MUSTER_RUNNER_PATH_PREFIX": "/muster/runner",
		"MUSTER_RUNNER_STORE":       "/var/lib/muster",
		"MUSTER_RUNNER_TIMEOUT":     "600s",
	}, runnerSettings(t))
	got := runnerSettings(t, `
config: {pathPrefix: /check, slackAlerts: true}
metrics: {port: 9090}
extraCA: {configMap: authorities}
runner: {interval: "0", sentry: {enabled: true}}
validation: {write: true, extraArgs: [-strict, "-phalanx=a b"]}`)
	assert.Equal(t, `["-env=/etc/muster/environment.yaml","-write","-strict","-phalanx=a b"]`, got["MUSTER_RUNNER_ARGS"])
	assert.Equal(t, "0", got["MUSTER_RUNNER_INTERVAL"])
	assert.Equal(t, "/check/runner", got["MUSTER_RUNNER_PATH_PREFIX"])
	assert.Equal(t, ":9090", got["MUSTER_INTERNAL_ADDRESS"])
	assert.Equal(t, "/etc/muster/ca.crt", got["MUSTER_RUNNER_CA_FILE"])
}

// mounted returns the files of a pod's volumes by path, with the keys of their
// sources.
func mounted(t *testing.T, pod corev1.PodSpec, volume string) (path string, source corev1.Volume) {
	t.Helper()
	for _, m := range pod.Containers[0].VolumeMounts {
		if m.Name == volume {
			path = m.MountPath
		}
	}
	for _, v := range pod.Volumes {
		if v.Name == volume {
			source = v
		}
	}
	require.NotEmpty(t, source.Name, "no volume %s", volume)
	return path, source
}

func TestRunnerSecrets(t *testing.T) {
	t.Parallel()
	const on values = "config: {slackAlerts: true}\nrunner: {sentry: {enabled: true}}"
	objects := render(t, runnerOn, on)
	assert.Contains(t, names(objects), "VaultSecret/muster")
	for _, m := range objects {
		if m.GetKind() == "VaultSecret" {
			assert.Equal(t, map[string]any{"path": "secret/phalanx/minikube/muster", "type": "Opaque"}, m.Object["spec"])
		}
	}
	pod := runnerDeployment(t, on).Spec.Template.Spec
	path, volume := mounted(t, pod, "secrets")
	assert.Equal(t, "muster", volume.Secret.SecretName)
	files := map[string]string{}
	for _, item := range volume.Secret.Items {
		files[item.Key] = filepath.Join(path, item.Path)
	}
	settings := runnerSettings(t, on)
	assert.Equal(
		t,
		map[string]string{
			"slack-webhook": settings["MUSTER_RUNNER_WEBHOOK_FILE"],
			"sentry-dsn":    settings["MUSTER_RUNNER_SENTRY_DSN_FILE"],
		},
		files,
	)
	assert.Empty(t, pod.Containers[0].Env, "no secret is in a variable, which the suite would inherit")

	objects = render(t, runnerOn, "config: {slackAlerts: true}\nrunner: {secretName: other}")
	assert.NotContains(t, names(objects), "VaultSecret/muster")
	_, volume = mounted(t, find[appsv1.Deployment](t, objects, "Deployment", "muster-runner").Spec.Template.Spec,
		"secrets")
	assert.Equal(t, "other", volume.Secret.SecretName)
	require.Len(t, volume.Secret.Items, 1)
	assert.Equal(t, "slack-webhook", volume.Secret.Items[0].Key)

	_, err := tryRender(t, "global: {host: example.org}", runnerOn, on)
	require.Error(t, err)
	assert.Contains(t, err.Error(), "global.vaultSecretsPath or runner.secretName")
}

func TestRunnerStore(t *testing.T) {
	t.Parallel()
	path, volume := mounted(t, runnerDeployment(t).Spec.Template.Spec, "store")
	assert.Equal(t, runnerSettings(t)["MUSTER_RUNNER_STORE"], path)
	require.NotNil(t, volume.EmptyDir)
	require.NotNil(t, volume.EmptyDir.SizeLimit, "a full disk of the node would be everybody's")

	objects := render(t, runnerOn, "runner: {persistence: {enabled: true, size: 2Gi, storageClass: fast}}")
	claim := find[corev1.PersistentVolumeClaim](t, objects, "PersistentVolumeClaim", "muster-runner")
	assert.Equal(t, resource.MustParse("2Gi"), claim.Spec.Resources.Requests[corev1.ResourceStorage])
	assert.Equal(t, new("fast"), claim.Spec.StorageClassName)
	assert.Equal(t, []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}, claim.Spec.AccessModes)
	_, volume = mounted(t, find[appsv1.Deployment](t, objects, "Deployment", "muster-runner").Spec.Template.Spec, "store")
	assert.Equal(t, claim.Name, volume.PersistentVolumeClaim.ClaimName)
}

func TestRunnerIngresses(t *testing.T) {
	t.Parallel()
	objects := ingresses(t, render(t, runnerOn, `config: {scope: "read:image", pathPrefix: /check}`))
	got := map[string]gafaelfawr.Ingress{}
	for _, name := range []string{"muster-runner", "muster-runner-pages"} {
		require.Contains(t, objects, name)
		got[name] = objects[name]
	}
	for name, want := range map[string]string{
		"muster-runner":       `{scopes: {all: ["read:image"]}, service: muster}`,
		"muster-runner-pages": `{scopes: {all: ["read:image"]}, service: muster, loginRedirect: true}`,
	} {
		var config gafaelfawr.IngressConfig
		require.NoError(t, syaml.UnmarshalStrict([]byte(want), &config))
		assert.Empty(t, cmp.Diff(config, got[name].Config), name)
		paths := got[name].Template.Spec.Rules[0].HTTP.Paths
		require.Len(t, paths, 1)
		assert.Equal(t, "muster-runner", paths[0].Backend.Service.Name)
		assert.Equal(t, "Prefix", paths[0].PathType)
	}
	assert.Equal(t, "/check/runner", got["muster-runner"].Template.Spec.Rules[0].HTTP.Paths[0].Path)
	assert.Equal(t, "/check/runner/pages", got["muster-runner-pages"].Template.Spec.Rules[0].HTTP.Paths[0].Path)
}

func TestOnlyTheIngressReachesTheRunner(t *testing.T) {
	t.Parallel()
	policy := func(v values) networkingv1.NetworkPolicySpec {
		return find[networkingv1.NetworkPolicy](t, render(t, runnerOn, v), "NetworkPolicy", "muster-runner").Spec
	}
	p := policy("")
	assert.Equal(t, runnerDeployment(t).Spec.Template.Labels, p.PodSelector.MatchLabels)
	assert.Equal(t, []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}, p.PolicyTypes)
	require.Len(t, p.Ingress, 1)
	assert.Equal(t, map[string]string{"gafaelfawr.lsst.io/ingress": "true"}, p.Ingress[0].From[0].PodSelector.MatchLabels)
	assert.Equal(t, "8080", p.Ingress[0].Ports[0].Port.String())
	p = policy("metrics: {enabled: true, port: 9090, from: [{podSelector: {matchLabels: {app: prometheus}}}]}")
	require.Len(t, p.Ingress, 2)
	assert.Equal(t, "9090", p.Ingress[1].Ports[0].Port.String())
}

func TestRunnerRestartsWithNewConfiguration(t *testing.T) {
	t.Parallel()
	sum := func(v values) string { return runnerDeployment(t, v).Spec.Template.Annotations["checksum/config"] }
	assert.NotEqual(t, sum(""), sum("runner: {interval: 1h}"))
}

func TestRunnerValuesAreChecked(t *testing.T) {
	t.Parallel()
	for _, bad := range []values{
		"runner: {interval: 15}", "runner: {interval: 30s}", "runner: {interval: ''}", "runner: {interval: 15 m}",
		"runner: {interval: 99999999h}", "runner: {interval: 059s}", "runner: {interval: 59s}",
		"runner: {keep: 0}", "runner: {persistence: {size: big}}", "runner: {webhook: {url: 'https://example.org'}}",
		"runner: {persistence: {accessMode: ReadOnlyMany}}", "runner: {enabled: 'yes'}",
	} {
		_, err := tryRender(t, deployed, runnerOn, bad)
		assert.Error(t, err, bad)
	}
	for _, good := range []values{"runner: {interval: 1h30m}", "runner: {interval: 90m}", "runner: {interval: 24h}"} {
		_, err := tryRender(t, deployed, runnerOn, good)
		assert.NoError(t, err, good)
	}
}
