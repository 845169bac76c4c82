package chart_test

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"

	"github.com/lsst-sqre/muster/validation/runner"
)

// runnerConfig returns the configuration that the runner reads from its
// environment, or its error.
func runnerConfig(t *testing.T, settings map[string]string) (runner.Config, error) {
	t.Helper()
	program, err := os.Executable()
	require.NoError(t, err)
	environ := []string{"MUSTER_RUNNER_SUITE=" + program, "MUSTER_RUNNER_TEST2JSON=" + program}
	for name, value := range settings {
		environ = append(environ, name+"="+value)
	}
	return runner.ConfigFromEnvironment(environ)
}

func TestRunnerTakesItsConfiguration(t *testing.T) {
	t.Parallel()
	config, err := runnerConfig(t, runnerSettings(t, `
config: {slackAlerts: true}
extraCA: {configMap: authorities}
runner: {sentry: {enabled: true}, interval: 90m}
validation: {extraArgs: ["-phalanx=a b"], activeDeadlineSeconds: 300}`))
	require.NoError(t, err, "the runner does not start")
	assert.Equal(t, 90*time.Minute, config.Interval)
	assert.Equal(t, 5*time.Minute, config.Timeout)
	assert.Equal(t, []string{"-env=/etc/muster/environment.yaml", "-phalanx=a b"}, config.Arguments)
	assert.Equal(t, "minikube.lsst.codes", config.Deployment, "its name is its host")
	assert.Equal(t, "/etc/muster/ca.crt", config.CAFile)
	assert.NotEmpty(t, config.WebhookFile)
	assert.NotEmpty(t, config.SentryFile)
}

// The largest and the smallest values that the schema accepts. If the runner
// refused one, Kubernetes would restart it for ever.
func TestRunnerTakesTheExtremes(t *testing.T) {
	t.Parallel()
	for _, v := range []values{
		`{config: {pathPrefix: /~a.b/-_/c..}, runner: {interval: 9999h999999m99999999s, keep: 10000}, validation: ` +
			`{activeDeadlineSeconds: 86400}}`,
		`{config: {pathPrefix: /a}, runner: {interval: 60s, keep: 1}, validation: {activeDeadlineSeconds: 120}}`,
		`{runner: {interval: "0"}, global: {host: a, environmentName: a b}}`,
		`{runner: {interval: 1m}, global: {host: a.B-c.example.org}, config: {logLevel: CRITICAL, logProfile: ` +
			`development}, metrics: {port: 65535}}`,
	} {
		_, err := runnerConfig(t, runnerSettings(t, v))
		assert.NoError(t, err, v)
	}
}

func TestRunnerRefusesArgumentsOfItsOwn(t *testing.T) {
	t.Parallel()
	for argument, says := range map[string]string{
		"-test.run=^TestA$": "-test.run may not be among them where the runner runs the validation (runner.enabled): " +
			"the runner picks checks with ?run=",
		"--test.timeout=1m":      "-test.timeout may not be among them",
		"-test.v":                "-test.v may not be among them",
		"-test.paniconexit0":     "-test.paniconexit0 may not be among them",
		"-role=muster":           "-role may not be among them",
		"-revoke=/tmp/leftovers": "-revoke may not be among them",
		"-leftovers=/tmp/a":      "-leftovers may not be among them",
	} {
		extra, err := json.Marshal(map[string]any{"validation": map[string]any{"extraArgs": []string{argument}}})
		require.NoError(t, err)
		_, err = tryRender(t, deployed, runnerOn, values(extra))
		require.Error(t, err, argument)
		assert.Contains(t, err.Error(), "validation.extraArgs: "+says)
		_, err = runnerConfig(t, map[string]string{"MUSTER_RUNNER_ARGS": argument})
		assert.Error(t, err, "the runner takes %s", argument)
	}
	_, err := tryRender(t, deployed, runnerOn, `validation: {extraArgs: [-test.parallel=4, "-settle=2m"]}`)
	assert.NoError(t, err)
}

func TestRunnerReadsTheEnvironment(t *testing.T) {
	t.Parallel()
	pod := runnerDeployment(t, "extraCA: {configMap: authorities, key: root.pem}").Spec.Template.Spec
	path, volume := mounted(t, pod, "environment")
	assert.Equal(t, "/etc/muster", path)
	job := find[appsv1.Deployment](t, render(t, runnerOn), "Deployment", "muster-runner")
	assert.Len(t, volume.Projected.Sources, 2)
	_, plain := mounted(t, job.Spec.Template.Spec, "environment")
	assert.Equal(t, "muster-validation", plain.Projected.Sources[0].ConfigMap.Name)
}
