package scripts

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// machine is a copy of what scripts/minikube-up needs of this repository, and
// a PATH with stubs of the programs that would touch a cluster.
type machine struct {
	t                *testing.T
	root, bin, state string
	env              []string
}

// tools are the programs of every machine that the script uses.
var tools = []string{"awk", "base64", "bash", "cat", "cp", "dirname", "env", "find", "grep", "head", "mkdir", "rm",
	"sed", "sort", "tail", "tee", "touch", "tr", "xargs"}

func newMachine(t *testing.T) *machine {
	t.Helper()
	m := &machine{t: t, root: t.TempDir(), bin: t.TempDir(), state: t.TempDir()}
	for _, name := range []string{"scripts", "fixtures/environments", "muster/chart"} {
		require.NoError(t, os.MkdirAll(filepath.Join(m.root, name), 0o755))
	}
	require.NoError(t, os.CopyFS(filepath.Join(m.root, "scripts/minikube"), os.DirFS("minikube")))
	m.copy("minikube-up", "scripts/minikube-up")
	m.copy("../fixtures/environments/minikube.yaml", "fixtures/environments/minikube.yaml")
	m.copy("../muster/chart/values.yaml", "muster/chart/values.yaml")
	m.program("scripts/image", "echo image \"$@\" >>$STATE/calls; echo sha256:0123")
	m.program("scripts/verify", "echo verify \"$@\" >>$STATE/calls; echo THE CHECKS; exit ${VERIFY:-0}")
	for _, name := range tools {
		path, err := exec.LookPath(name)
		require.NoError(t, err)
		require.NoError(t, os.Symlink(path, filepath.Join(m.bin, name)))
	}
	stub, err := filepath.Abs("testdata/stub")
	require.NoError(t, err)
	for _, name := range []string{"minikube", "kubectl", "helm", "docker", "git", "go"} {
		require.NoError(t, os.Symlink(stub, filepath.Join(m.bin, name)))
	}
	git, err := exec.LookPath("git")
	require.NoError(t, err)
	m.env = []string{"PATH=" + m.bin, "STATE=" + m.state, "GIT=" + git, "HOME=" + m.root}
	return m
}

func (m *machine) copy(from, to string) {
	m.t.Helper()
	text, err := os.ReadFile(from)
	require.NoError(m.t, err)
	require.NoError(m.t, os.WriteFile(filepath.Join(m.root, to), text, 0o755))
}

func (m *machine) program(name, body string) {
	m.t.Helper()
	require.NoError(m.t, os.WriteFile(filepath.Join(m.root, name), []byte("#!/usr/bin/env bash\n"+body+"\n"), 0o755))
}

// up runs the script and gives its exit code and all that it prints.
func (m *machine) up(args ...string) (code int, output string) {
	m.t.Helper()
	cmd := exec.CommandContext(m.t.Context(), filepath.Join(m.root, "scripts/minikube-up"), args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr, cmd.Env, cmd.Dir = &out, &out, m.env, m.root
	err := cmd.Run()
	if _, ended := errors.AsType[*exec.ExitError](err); !ended {
		require.NoError(m.t, err)
	}
	return cmd.ProcessState.ExitCode(), out.String()
}

// calls are the programs that were called since the last time.
func (m *machine) calls() string {
	m.t.Helper()
	file := filepath.Join(m.state, "calls")
	text, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return ""
	}
	require.NoError(m.t, err)
	require.NoError(m.t, os.Remove(file))
	return string(text)
}

func (m *machine) read(name string) string {
	m.t.Helper()
	text, err := os.ReadFile(name)
	require.NoError(m.t, err)
	return string(text)
}
