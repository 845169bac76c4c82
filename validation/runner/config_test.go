package runner

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// programs are the two programs that the configuration must name.
func ownPrograms(t *testing.T, more ...string) []string {
	t.Helper()
	return append([]string{"MUSTER_RUNNER_SUITE=" + theChild(t), "MUSTER_RUNNER_TEST2JSON=" + test2json(t)}, more...)
}

func TestConfig(t *testing.T) {
	t.Parallel()
	cfg, err := ConfigFromEnvironment(ownPrograms(t, "MUSTER_PORT=tcp://10.0.0.1:8080", "MUSTER_RUNNER_STORE=",
		"HOME=/root"))
	require.NoError(t, err)
	assert.Equal(t, []any{":8080", "", "/muster/runner", 10 * time.Minute, time.Duration(0), "", 200},
		[]any{cfg.Address, cfg.InternalAddress, cfg.PathPrefix, cfg.Timeout, cfg.Interval, cfg.Store, cfg.Keep})

	cfg, err = ConfigFromEnvironment(ownPrograms(t, "MUSTER_ADDRESS=:1", "MUSTER_INTERNAL_ADDRESS=:2",
		"MUSTER_LOG_LEVEL=debug", "MUSTER_LOG_PROFILE=development", "MUSTER_HOST=example.org",
		"MUSTER_RUNNER_PATH_PREFIX=/m/r", `MUSTER_RUNNER_ARGS=["-env=/a b.yaml", "-write"]`,
		"MUSTER_RUNNER_VARIABLES=A MUSTER_BOOTSTRAP", "MUSTER_BOOTSTRAP=x", "MUSTER_RUNNER_TIMEOUT=2m",
		"MUSTER_RUNNER_INTERVAL=30m", "MUSTER_RUNNER_STORE=/s", "MUSTER_RUNNER_KEEP=7"))
	require.NoError(t, err)
	assert.Equal(t, []any{":1", ":2", "debug", "development", "example.org", "/m/r", 2 * time.Minute, 30 * time.Minute,
		"/s", 7},
		[]any{cfg.Address, cfg.InternalAddress, cfg.LogLevel, cfg.LogProfile, cfg.Host, cfg.PathPrefix, cfg.Timeout,
			cfg.Interval, cfg.Store, cfg.Keep})
	assert.Equal(t, []string{"-env=/a b.yaml", "-write"}, cfg.Arguments)
	assert.Equal(t, []string{"A", "MUSTER_BOOTSTRAP"}, cfg.Variables)
	cfg, err = ConfigFromEnvironment(ownPrograms(t, "MUSTER_RUNNER_ARGS= -env=a\n -write "))
	require.NoError(t, err)
	assert.Equal(t, []string{"-env=a", "-write"}, cfg.Arguments)
}

func TestBadConfig(t *testing.T) {
	t.Parallel()
	for variable, want := range map[string]string{
		"MUSTER_RUNER_STORE=/s": "MUSTER_RUNER_STORE is not a variable of the runner; known are " +
			"MUSTER_ADDRESS, ",
		"MUSTER_ADDRESS=8080":               `MUSTER_ADDRESS: "8080" is not host:port or :port`,
		"MUSTER_RUNNER_PATH_PREFIX=muster/": "MUSTER_RUNNER_PATH_PREFIX: ",
		"MUSTER_RUNNER_PATH_PREFIX=/a/../b": "MUSTER_RUNNER_PATH_PREFIX: ",
		"MUSTER_RUNNER_TIMEOUT=soon":        `MUSTER_RUNNER_TIMEOUT: "soon" is not a duration such as 5s`,
		"MUSTER_RUNNER_TIMEOUT=1ms":         "a duration from 1s to 24h",
		"MUSTER_RUNNER_INTERVAL=5s":         "0 or a duration of at least 1m",
		"MUSTER_RUNNER_INTERVAL=-1h":        "0 or a duration of at least 1m",
		"MUSTER_RUNNER_TIMEOUT=0s":          `MUSTER_RUNNER_TIMEOUT: "0s" is not a duration from 1s to 24h`,
		"MUSTER_RUNNER_KEEP=many":           `MUSTER_RUNNER_KEEP: "many" is not a number from 1 to 10000`,
		"MUSTER_RUNNER_KEEP=0":              `MUSTER_RUNNER_KEEP: "0" is not a number from 1 to 10000`,
		"MUSTER_RUNNER_KEEP=-1":             "a number from 1 to 10000",
		"MUSTER_RUNNER_ARGS=[-env]":         "it begins with [ and is not a JSON list of strings",
		"MUSTER_RUNNER_ARGS=-test.run=TestX": "MUSTER_RUNNER_ARGS: -test.run may not be among them: ask for checks " +
			"with ?run=",
		"MUSTER_RUNNER_ARGS=--leftovers=x":      "-leftovers may not be among them",
		"MUSTER_RUNNER_VARIABLES=A=B":           "the name of a variable",
		"MUSTER_LOG_LEVEL=loud":                 "MUSTER_LOG_LEVEL: ",
		"MUSTER_LOG_PROFILE=pretty":             "MUSTER_LOG_PROFILE: ",
		"MUSTER_HOST=https://example.org":       "MUSTER_HOST: ",
		"MUSTER_INTERNAL_ADDRESS=localhost:abc": "MUSTER_INTERNAL_ADDRESS: ",
		"MUSTER_RUNNER_SUITE=/etc":              "MUSTER_RUNNER_SUITE: /etc is not a program",
	} {
		_, err := ConfigFromEnvironment(ownPrograms(t, variable))
		if assert.Error(t, err, variable) {
			assert.Contains(t, err.Error(), want)
			assert.NotContains(t, err.Error(), "\n", "one sentence is enough")
		}
	}
}
