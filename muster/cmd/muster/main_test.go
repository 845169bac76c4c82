package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/programs"
)

func TestBadUsage(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args, environ []string
		code          int
		want          string
	}{
		"no command": {nil, nil, 2, "usage: muster serve | muster version\n"},
		"unknown command": {
			[]string{"run"}, nil, 2, `muster: "run" is not a command; usage: muster serve | muster version` + "\n",
		},
		"too many words": {[]string{"serve", "now"}, nil, 2, "usage: muster serve | muster version\n"},
		"unknown variable": {
			[]string{"serve"}, []string{"MUSTER_ADRESS=:1"}, 2, "muster: MUSTER_ADRESS is not a variable of Muster; known are ",
		},
		"bad value": {
			[]string{"serve"}, []string{"MUSTER_TIMEOUT=soon"}, 2,
			`muster: MUSTER_TIMEOUT: "soon" is not a duration such as 5s` + "\n",
		},
		"two bad values": {[]string{"serve"}, []string{"MUSTER_SCOPE= ", "MUSTER_ADDRESS=x"}, 2, "; MUSTER_SCOPE: "},
		"bad address": {
			[]string{"serve"}, []string{"MUSTER_ADDRESS=192.0.2.1:1"}, 1, "muster: MUSTER_ADDRESS: listen tcp 192.0.2.1:1: ",
		},
		"bad internal": {
			[]string{"serve"}, []string{"MUSTER_ADDRESS=127.0.0.1:0", "MUSTER_INTERNAL_ADDRESS=192.0.2.1:1"}, 1,
			"muster: MUSTER_INTERNAL_ADDRESS: listen tcp 192.0.2.1:1: ",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, err bytes.Buffer
			assert.Equal(t, c.code, run(t.Context(), c.args, c.environ, &out, &err))
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
	assert.Regexp(t, `^muster \S+\n$`, out.String())
	out.Reset()
	assert.Zero(t, run(t.Context(), []string{"help"}, nil, &out, &err))
	assert.Equal(t, usage+"\n", out.String())
	out.Reset()
	assert.Zero(t, run(t.Context(), []string{"serve", "-h"}, nil, &out, &err))
	assert.Contains(t, out.String(), "\n  MUSTER_GAFAELFAWR_URL\n")
	assert.Empty(t, err.String())
}

func TestServe(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	var out, errors programs.Output
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, []string{"serve"},
			[]string{
				"MUSTER_ADDRESS=127.0.0.1:0", "MUSTER_INTERNAL_ADDRESS=127.0.0.1:0",
				"MUSTER_SLACK_WEBHOOK=https://hooks.example.org/secret",
			}, &out, &errors)
	}()
	address := regexp.MustCompile(`"message":"muster is listening","version":"[^"]+","address":"([^"]+)"`)
	var found []string
	for deadline := time.Now().Add(20 * time.Second); found == nil; <-time.After(time.Millisecond) {
		require.True(t, time.Now().Before(deadline), "it never listened: %s%s", out.String(), errors.String())
		found = address.FindStringSubmatch(out.String())
	}
	answer, err := http.Get("http://" + found[1] + "/healthz")
	require.NoError(t, err)
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	assert.JSONEq(t, `{"status":"healthy"}`, string(body))
	stop()
	assert.Zero(t, <-done)
	assert.Contains(t, out.String(), `"message":"muster stopped"`)
	assert.Contains(t, out.String(),
		`"message":"this variable has no effect on this server","name":"MUSTER_SLACK_WEBHOOK"`)
	assert.NotContains(t, out.String(), "hooks.example.org")
	assert.Empty(t, errors.String())
}

// The binary holds neither client-go nor what only tests need.
func TestDependencies(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	require.NoError(t, err)
	deps := strings.Fields(string(out))
	assert.Contains(t, deps, "github.com/lsst-sqre/muster/muster/gafaelfawr", "the list is that of this command")
	for _, dep := range deps {
		for _, unwanted := range []string{"k8s.io/", "testing", "github.com/stretchr/", "net/http/httptest",
			"github.com/chromedp/", "github.com/getkin/", "github.com/santhosh-tekuri/",
			"github.com/lsst-sqre/muster/validation", "github.com/lsst-sqre/muster/fixtures", "net/http/pprof"} {
			if dep == unwanted || strings.HasPrefix(dep, strings.TrimSuffix(unwanted, "/")+"/") {
				t.Errorf("%s is compiled in", dep)
			}
		}
	}
}
