package muster

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDefaults(t *testing.T) {
	t.Parallel()
	got, err := ConfigFromEnvironment([]string{"PATH=/bin", "HOME=/", "MUSTERING=1", "=odd", "MUSTER_NAME="})
	require.NoError(t, err)
	assert.Equal(
		t,
		Config{Name: "muster", PathPrefix: "/muster", LogLevel: "INFO", LogProfile: "production", Address: ":8080",
			Scope: "exec:admin", Version: "unknown", Timeout: 10 * time.Second},
		got,
	)
}

// The environment that the chart and Kubernetes make.
func TestChartEnvironment(t *testing.T) {
	t.Parallel()
	got, err := ConfigFromEnvironment([]string{
		"MUSTER_LOG_LEVEL=INFO",
		"MUSTER_LOG_PROFILE=production",
		"MUSTER_NAME=muster",
		"MUSTER_PATH_PREFIX=/muster",
		"REPERTOIRE_BASE_URL=https://data-dev.lsst.cloud/repertoire",
		"UVICORN_TIMEOUT_KEEP_ALIVE=61",
		"MUSTER_SLACK_WEBHOOK=https://hooks.slack.com/x",
		"MUSTER_PORT=tcp://10.0.0.1:8080",
		"MUSTER_PORT_8080_TCP=tcp://10.0.0.1:8080",
		"MUSTER_PORT_8080_TCP_ADDR=10.0.0.1",
		"MUSTER_PORT_8080_TCP_PORT=8080",
		"MUSTER_PORT_8080_TCP_PROTO=tcp",
		"MUSTER_SERVICE_HOST=10.0.0.1",
		"MUSTER_SERVICE_PORT=8080",
		"MUSTER_SERVICE_PORT_HTTP=8080",
		"MUSTER_REDIS_SERVICE_HOST=10.0.0.2",
		"MUSTER_REDIS_PORT=tcp://10.0.0.2:6379",
		"MUSTER_REDIS_PORT_6379_TCP_ADDR=10.0.0.2",
	})
	require.NoError(t, err)
	assert.Equal(t, "https://data-dev.lsst.cloud/repertoire", got.RepertoireURL)
	assert.Equal(t, []string{"MUSTER_SLACK_WEBHOOK"}, got.ignored)
}

func TestEverySettingArrives(t *testing.T) {
	t.Parallel()
	got, err := ConfigFromEnvironment([]string{
		"MUSTER_NAME=probe",
		"MUSTER_PATH_PREFIX=/a/b-c",
		"MUSTER_LOG_LEVEL=debug",
		"MUSTER_LOG_PROFILE=development",
		"MUSTER_ADDRESS=127.0.0.1:9",
		"MUSTER_INTERNAL_ADDRESS=[::1]:10",
		"MUSTER_GAFAELFAWR_URL=https://x/auth/api/v1",
		"MUSTER_SCOPE=read:image",
		"MUSTER_HOST=x.example.org",
		"MUSTER_TIMEOUT=1m",
		"REPERTOIRE_BASE_URL=http://r/repertoire",
	})
	require.NoError(t, err)
	assert.Equal(
		t,
		Config{
			Name:            "probe",
			PathPrefix:      "/a/b-c",
			LogLevel:        "debug",
			LogProfile:      "development",
			Address:         "127.0.0.1:9",
			InternalAddress: "[::1]:10",
			GafaelfawrURL:   "https://x/auth/api/v1",
			Scope:           "read:image",
			Host:            "x.example.org",
			Timeout:         time.Minute,
			RepertoireURL:   "http://r/repertoire",
			Version:         "unknown",
		},
		got,
	)
}

func TestBadEnvironment(t *testing.T) {
	t.Parallel()
	empty := filepath.Join(t.TempDir(), "empty.pem")
	require.NoError(t, os.WriteFile(empty, []byte("nothing"), 0o600))
	for entry, want := range map[string]string{
		"MUSTER_LOGLEVEL=INFO":                "MUSTER_LOGLEVEL is not a variable of Muster; known are MUSTER_ADDRESS, ",
		"MUSTER_=x":                           "MUSTER_ is not a variable of Muster",
		"MUSTER_PORT=8080":                    "MUSTER_PORT is not a variable of Muster",
		"MUSTER_SERVICE_HOSTS=x":              "MUSTER_SERVICE_HOSTS is not a variable of Muster",
		"MUSTER_PORT_8080_TCPX=x":             "MUSTER_PORT_8080_TCPX is not a variable of Muster",
		"MUSTER_LOG_LEVEL=LOUD":               `MUSTER_LOG_LEVEL: "LOUD" is not one of DEBUG, INFO, WARNING, ERROR, CRITICAL`,
		"MUSTER_LOG_PROFILE=prod":             `MUSTER_LOG_PROFILE: "prod" is not production or development`,
		"MUSTER_NAME=a\nb":                    `MUSTER_NAME: "a\nb" is not a name`,
		"MUSTER_PATH_PREFIX=muster":           `MUSTER_PATH_PREFIX: "muster" is not a path such as /muster`,
		"MUSTER_PATH_PREFIX=/":                "MUSTER_PATH_PREFIX",
		"MUSTER_PATH_PREFIX=/muster/":         "MUSTER_PATH_PREFIX",
		"MUSTER_PATH_PREFIX=/a//b":            "MUSTER_PATH_PREFIX",
		"MUSTER_PATH_PREFIX=/a/../b":          "MUSTER_PATH_PREFIX",
		"MUSTER_PATH_PREFIX=/a b":             "MUSTER_PATH_PREFIX",
		"MUSTER_ADDRESS=8080":                 `MUSTER_ADDRESS: "8080" is not host:port or :port`,
		"MUSTER_ADDRESS=:99999":               "MUSTER_ADDRESS",
		"MUSTER_INTERNAL_ADDRESS=x":           "MUSTER_INTERNAL_ADDRESS",
		"MUSTER_GAFAELFAWR_URL=x.example.org": `MUSTER_GAFAELFAWR_URL: "x.example.org" is not a URL such as`,
		"MUSTER_GAFAELFAWR_URL=https://a?b=c": "MUSTER_GAFAELFAWR_URL",
		"REPERTOIRE_BASE_URL=/repertoire":     "REPERTOIRE_BASE_URL",
		"MUSTER_SCOPE=a b":                    "MUSTER_SCOPE",
		"MUSTER_HOST=https://x":               "MUSTER_HOST",
		"MUSTER_TIMEOUT=5":                    `MUSTER_TIMEOUT: "5" is not a duration such as 5s`,
		"MUSTER_TIMEOUT=2h":                   `MUSTER_TIMEOUT: "2h0m0s" is not a duration from 100ms to 1m`,
		"MUSTER_TIMEOUT=-1s":                  "MUSTER_TIMEOUT",
		"MUSTER_CA_FILE=/nonexistent.pem":     "MUSTER_CA_FILE: open /nonexistent.pem: no such file or directory",
		"MUSTER_CA_FILE=" + empty:             "holds no certificate in PEM",
	} {
		_, err := ConfigFromEnvironment([]string{entry})
		if assert.Error(t, err, entry) {
			assert.Contains(t, err.Error(), want)
		}
	}
}

func TestAllMistakesAreTold(t *testing.T) {
	t.Parallel()
	_, err := ConfigFromEnvironment([]string{"MUSTER_A=1", "MUSTER_B=2", "MUSTER_SCOPE=a b", "MUSTER_TIMEOUT=x"})
	require.Error(t, err)
	for _, name := range []string{"MUSTER_A ", "MUSTER_B ", "MUSTER_SCOPE:", "MUSTER_TIMEOUT:"} {
		assert.Contains(t, err.Error(), name)
	}
}

// A URL with a password is refused, and the error does not repeat it.
func TestBadURLIsNotRepeatedWithItsPassword(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"https://user:hunter2@x/auth/api/v1", "https://hunter2@x", "https://x/?t=" + callerToken,
	} {
		_, err := ConfigFromEnvironment([]string{"MUSTER_GAFAELFAWR_URL=" + url})
		require.ErrorContains(t, err, "MUSTER_GAFAELFAWR_URL")
		assert.NotContains(t, err.Error(), "hunter2")
		assert.NotContains(t, err.Error(), secretPart)
	}
}

func TestNewRefusesABadConfig(t *testing.T) {
	t.Parallel()
	_, err := New(Config{PathPrefix: "muster"}, discard)
	require.ErrorContains(t, err, "MUSTER_PATH_PREFIX")
}
