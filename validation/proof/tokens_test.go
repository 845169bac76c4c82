package proof

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/phalanx"
)

// No token outlives a run, however the run ends.
func TestNoTokenLeft(t *testing.T) {
	t.Parallel()
	d := deployment(t, phalanx.Defaults())
	env := environment(t, d, "")
	for name, c := range map[string]struct {
		args []string
		code int
	}{
		"passes":  {[]string{"-test.run=TestMet"}, 0},
		"fails":   {[]string{"-test.run=TestUnmet"}, 1},
		"panics":  {[]string{"-test.run=TestPanicked"}, 1},
		"skipped": {[]string{"-test.run=TestUndeclared"}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			o := runs(t, theChecks(t), append(c.args, "-env="+env)...)
			assert.Equal(t, c.code, o.code, o.stdout+o.stderr)
			assert.Empty(t, d.Tokens())
		})
	}
}

func TestNoTokenLeftAfterInterrupt(t *testing.T) {
	t.Parallel()
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			d := deployment(t, phalanx.Defaults())
			hangs := filepath.Join(t.TempDir(), "hangs")
			cmd := command(t, theChecks(t), asEvents, "-test.run=TestHung", "-env="+environment(t, d, ""))
			cmd.Env = append(os.Environ(), "MUSTER_PROOF_HANG="+hangs)
			go func() {
				for range time.Tick(5 * time.Millisecond) {
					if _, err := os.Stat(hangs); err == nil {
						_ = cmd.Process.Signal(signal) // a process that is gone fails the test below
						return
					}
					if t.Context().Err() != nil {
						return
					}
				}
			}()
			o := read(t, finish(t, cmd))
			assert.Equal(t, 2, o.code, o.stdout+o.stderr)
			assert.Equal(t, "incomplete", o.run.Verdict)
			assert.Contains(t, o.problems(), signal.String())
			assert.Empty(t, d.Tokens())
		})
	}
}

func TestNoTokenLeftAfterTimeout(t *testing.T) {
	t.Parallel()
	d := deployment(t, phalanx.Defaults())
	cmd := command(t, theChecks(t), asEvents, "-test.run=TestHung", "-test.timeout=3s", "-env="+environment(t, d, ""))
	cmd.Env = append(os.Environ(), "MUSTER_PROOF_HANG="+filepath.Join(t.TempDir(), "hangs"))
	o := read(t, finish(t, cmd))
	assert.Equal(t, 2, o.code, o.stdout+o.stderr)
	assert.Contains(t, o.problems(), "-timeout 3s was nearly over")
	assert.NotContains(t, o.stderr, "panic")
	assert.Empty(t, d.Tokens())
}

// Nor does a token outlive a run whose reader is gone, for example because go
// test was killed.
func TestNoTokenLeftWithoutReader(t *testing.T) {
	t.Parallel()
	d := deployment(t, phalanx.Defaults())
	reader, writer, err := os.Pipe()
	require.NoError(t, err)
	require.NoError(t, reader.Close())
	cmd := command(t, theSuite(t), asEvents, "-env="+environment(t, d, ""))
	cmd.Stdout, cmd.Stderr = writer, writer
	require.NoError(t, cmd.Start())
	require.NoError(t, writer.Close())
	_ = cmd.Wait() // the findings do not matter
	assert.True(t, cmd.ProcessState.Exited(), "%s: the run must come to its own end", cmd.ProcessState)
	assert.Empty(t, d.Tokens())
}

// Two runs at the same time do not disturb each other.
func TestTwoRunsAtOnce(t *testing.T) {
	t.Parallel()
	d := deployment(t, phalanx.Defaults())
	env := environment(t, d, "features: [quota]\n")
	t.Run("runs", func(t *testing.T) {
		for _, name := range []string{"one", "other"} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				o := runs(t, theSuite(t), "-env="+env)
				assert.Zero(t, o.code, o.stdout+o.stderr)
			})
		}
	})
	require.Empty(t, d.Tokens())
}

// A token is also revoked when the answer with it was lost.
func TestNoTokenLeftWithoutAnswer(t *testing.T) {
	t.Parallel()
	o := phalanx.Defaults()
	o.Hooks.Gafaelfawr = append(o.Hooks.Gafaelfawr, func(next phalanx.Handler) phalanx.Handler {
		return func(r *phalanx.Request) *phalanx.Answer {
			a := next(r)
			if r.Method == http.MethodPost && strings.Contains(string(r.Body), `"bot-check-muster"`) {
				a.Body = []byte("torn")
			}
			return a
		}
	})
	d := deployment(t, o)
	run := runs(t, theChecks(t), "-test.run=TestMet", "-env="+environment(t, d, ""))
	assert.Equal(t, 1, run.code, run.stdout+run.stderr)
	assert.Empty(t, d.Tokens())
}

// A stopped run reports earlier findings but not those of interrupted checks.
func TestFoundBeforeTimeout(t *testing.T) {
	t.Parallel()
	d := deployment(t, phalanx.Defaults())
	cmd := command(t, theChecks(t), asEvents, "-test.run=TestHung", "-test.timeout=3s", "-env="+environment(t, d, ""))
	cmd.Env = append(os.Environ(), "MUSTER_PROOF_HANG="+filepath.Join(t.TempDir(), "hangs"), "MUSTER_PROOF_FOUND=yes")
	o := read(t, finish(t, cmd))
	assert.Equal(t, 2, o.code, o.stdout+o.stderr)
	assert.Contains(t, o.problems(), "-timeout 3s was nearly over")
	assert.Equal(t, []string{"TestHung"}, o.failed())
	assert.Contains(t, o.stdout, "somebody was let in")
	assert.NotContains(t, o.stdout, "an end")
}

// The local deployment outlives a stopped run until its tokens are revoked.
func TestNoTokenLeftInTheLocalDeployment(t *testing.T) {
	t.Parallel()
	o := runs(t, theSuite(t), "-env=local", "-fault=P04", "-test.timeout=3s") // the fault makes it take longer
	assert.Equal(t, 2, o.code, o.stdout)
	assert.Contains(t, o.problems(), "-timeout")
	assert.NotContains(t, o.stdout, "left behind: ")
}

// Package testing ends the process if it cannot write a profile. The tokens are
// revoked by then.
func TestNoTokenLeftWhenTestingExits(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ flag, says string }{
		"profile":  {"-test.memprofile=/nonexistent/x", "no such file"},
		"test log": {"-test.testlogfile=/dev/full", "no space left"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := deployment(t, phalanx.Defaults())
			o := finish(t, command(t, theChecks(t), c.flag, "-test.run=TestMet", "-env="+environment(t, d, "")))
			assert.Equal(t, 2, o.code, o.stdout+o.stderr)
			assert.Contains(t, o.stderr, c.says)
			assert.Empty(t, d.Tokens())
		})
	}
}

// A check that hangs keeps neither tokens nor the process alive, whether an
// interrupt or -timeout stops the run.
func TestNoTokenLeftByStuckCheck(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{"timeout": {"-test.timeout=8s"}, "interrupt": {"-test.timeout=0"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := deployment(t, phalanx.Defaults())
			stuck := filepath.Join(t.TempDir(), "stuck")
			cmd := command(t, theChecks(t), append(args, "-test.run=TestStuck|TestMet", "-env="+environment(t, d, ""))...)
			cmd.Env = append(cmd.Env, "MUSTER_PROOF_STUCK="+stuck)
			if name == "interrupt" {
				go func() {
					for range time.Tick(5 * time.Millisecond) {
						if _, err := os.Stat(stuck); err == nil || t.Context().Err() != nil {
							_ = cmd.Process.Signal(os.Interrupt) // a process that is gone fails the test below
							return
						}
					}
				}()
			}
			began := time.Now()
			o := finish(t, cmd)
			assert.Less(t, time.Since(began), 30*time.Second)
			assert.Equal(t, 2, o.code, o.stdout+o.stderr)
			assert.Contains(t, o.stdout, "and checks did not end")
			assert.NotContains(t, o.stderr, "panic")
			assert.Empty(t, d.Tokens())
		})
	}
}
