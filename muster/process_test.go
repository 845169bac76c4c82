//go:build unix

package muster

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/programs"
)

// buildMuster is the path of the command.
func buildMuster(t testing.TB) string { return programs.Build(t, "muster", "build", "./cmd/muster") }

func TestMain(m *testing.M) {
	code := m.Run()
	programs.Remove()
	os.Exit(code)
}

// process is a server in a process of its own, so that its memory is its own.
type process struct {
	*running
	inside *running // the internal listener
	pid    int
}

// startProcess starts the command with these variables. It ends with the test,
// and must end well.
func startProcess(t testing.TB, binary string, environ ...string) *process {
	t.Helper()
	out := new(programs.Output)
	command := exec.CommandContext(context.WithoutCancel(t.Context()), binary, "serve")
	command.Env = append([]string{"MUSTER_ADDRESS=127.0.0.1:0", "MUSTER_INTERNAL_ADDRESS=127.0.0.1:0"}, environ...)
	command.Stdout, command.Stderr = out, out
	require.NoError(t, command.Start())
	t.Cleanup(func() {
		require.NoError(t, command.Process.Signal(os.Interrupt))
		require.NoError(t, command.Wait(), out.String())
		require.NotContains(t, out.String(), "panic")
		require.NotContains(t, out.String(), secretPart)
	})
	var listening struct {
		Address  string `json:"address"`
		Internal string `json:"internal_address"`
	}
	eventually(t, func() bool {
		line, _, whole := strings.Cut(out.String(), "\n")
		return whole && json.Unmarshal([]byte(line), &listening) == nil && listening.Address != ""
	}, "it says where it listens")
	return &process{running: &running{t: t, address: listening.Address, log: out},
		inside: &running{t: t, address: listening.Internal, log: out}, pid: command.Process.Pid}
}

// goroutines returns the number of goroutines according to the metrics.
func (p *process) goroutines() int {
	const name = "go_goroutines"
	p.t.Helper()
	got := p.inside.get("/metrics")
	require.Equal(p.t, http.StatusOK, got.status)
	m := regexp.MustCompile(`(?m)^` + name + ` (\S+)$`).FindStringSubmatch(got.body)
	require.NotNil(p.t, m, "no metric %s in\n%s", name, got.body)
	value, err := strconv.ParseFloat(m[1], 64)
	require.NoError(p.t, err)
	return int(value)
}

// resident and peak are the memory that a process holds, and the most that it
// ever held, in megabytes (10^6 bytes).
func (p *process) resident() float64 { return memoryOf(p.t, p.pid, "VmRSS") }
func (p *process) peak() float64     { return memoryOf(p.t, p.pid, "VmHWM") }

func memoryOf(t testing.TB, pid int, what string) float64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Skip("memory is measured on Linux only")
	}
	_, rest, _ := strings.Cut(string(status), what+":")
	kilobytes, err := strconv.Atoi(strings.Fields(rest)[0])
	require.NoError(t, err)
	return float64(kilobytes) * 1024 / 1e6
}
