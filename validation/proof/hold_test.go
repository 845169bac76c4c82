package proof

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/programs"
)

var heldFile = regexp.MustCompile(`(?m)^  \. (/\S+/deployment\.sh)$`)

// TestHold sends requests to a deployment that -hold keeps up, with the file that
// it names. The tokens are only in that file. Only its owner may read it, and the
// run removes it.
func TestHold(t *testing.T) {
	t.Parallel()
	cmd := command(t, theSuite(t), "-env=local", "-fault=N05", "-hold", "-test.run=^TestUnscopedToken$", "-test.v")
	out := new(programs.Output)
	cmd.Stdout, cmd.Stderr = out, out
	require.NoError(t, cmd.Start())
	var file string
	require.Eventually(t, func() bool {
		if m := heldFile.FindStringSubmatch(out.String()); m != nil {
			file = m[1]
		}
		return file != ""
	}, time.Minute, 20*time.Millisecond)
	info, err := os.Stat(file)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	asked := exec.CommandContext(t.Context(), "bash", "-c", `. "$1"
		for token in "$SCOPED" "$UNSCOPED"; do
			ask /muster/probes/authenticated -o /dev/null -w '%{http_code} ' -H "Authorization: Bearer $token"
		done`, "bash", file)
	answers, err := asked.Output()
	require.NoError(t, err)
	assert.Equal(t, "200 500 ", string(answers))
	assert.Empty(t, tokensIn(out.String()))
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	_ = cmd.Wait() // the exit code tells
	assert.Equal(t, 1, cmd.ProcessState.ExitCode(), "the verdict's")
	assert.NoFileExists(t, file)
}

func TestHoldNeedsTheLocalDeployment(t *testing.T) {
	t.Parallel()
	o := finish(t, command(t, theSuite(t), "-env=example", "-hold"))
	assert.Equal(t, 2, o.code)
	assert.Contains(t, o.stderr, "-hold is for -env=local")
}

// TestExplainCheck prints the runbook's section about a check and sends no
// request.
func TestExplainCheck(t *testing.T) {
	t.Parallel()
	o := finish(t, command(t, theSuite(t), "-explain=TestNoToken"))
	assert.Zero(t, o.code)
	assert.Contains(t, o.stdout, "TestNoToken\n\n**Why it matters**: ")
	o = finish(t, command(t, theSuite(t), "-explain=TestNoTokn"))
	assert.Equal(t, 2, o.code)
	assert.Regexp(t, `did you\s+mean\s+"TestNoToken"\?`, o.stderr)
	assert.True(t, bytes.HasPrefix([]byte(o.stderr), []byte("muster: ")))
}
