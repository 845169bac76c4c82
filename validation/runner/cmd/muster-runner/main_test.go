package main

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBadUsage(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args, environ []string
		want          string
	}{
		"unknown command": {[]string{"serve"}, nil, "usage: muster-runner | muster-runner version\n"},
		"too many words":  {[]string{"version", "now"}, nil, "usage: muster-runner | muster-runner version\n"},
		"unknown variable": {nil, []string{"MUSTER_ADRESS=:1"},
			"muster: MUSTER_ADRESS is not a variable of the runner; known are "},
		"bad value": {nil, []string{"MUSTER_RUNNER_KEEP=0"},
			`muster: MUSTER_RUNNER_KEEP: "0" is not a number from 1 to 10000; `},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, err bytes.Buffer
			assert.Equal(t, 2, run(t.Context(), c.args, c.environ, &out, &err))
			assert.Contains(t, err.String(), c.want)
			assert.Equal(t, 1, strings.Count(err.String(), "\n"), "one line, not %q", err.String())
			assert.Empty(t, out.String())
		})
	}
}

func TestVersionAndHelp(t *testing.T) {
	t.Parallel()
	var out, err bytes.Buffer
	assert.Zero(t, run(t.Context(), []string{"version"}, nil, &out, &err))
	assert.Regexp(t, `^muster-runner \S+\n$`, out.String())
	out.Reset()
	assert.Zero(t, run(t.Context(), []string{"-h"}, nil, &out, &err))
	assert.Contains(t, out.String(), "\n  MUSTER_RUNNER_INTERVAL\n")
	assert.Empty(t, err.String())
}

// The binary contains neither the server nor client-go nor what only tests need.
func TestDependencies(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	require.NoError(t, err)
	deps := strings.Fields(string(out))
	assert.Contains(t, deps, "github.com/lsst-sqre/muster/validation/runner", "the list is that of this command")
	assert.NotContains(t, deps, "github.com/lsst-sqre/muster/muster")
	for _, dep := range deps {
		for _, unwanted := range []string{"k8s.io", "testing", "github.com/stretchr", "net/http/httptest",
			"github.com/lsst-sqre/muster/validation/suite", "github.com/lsst-sqre/muster/fixtures", "net/http/pprof"} {
			assert.False(t, dep == unwanted || strings.HasPrefix(dep, unwanted+"/"), "%s is compiled in", dep)
		}
	}
}
