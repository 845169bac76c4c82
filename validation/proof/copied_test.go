package proof

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/lsst-sqre/muster/fixtures/phalanx"
)

// The printed command for a request gets the same answer, for every kind of
// request, and runs nothing else.
func TestPrintedCommands(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed: printed commands are not run")
	}
	d := deployment(t, phalanx.Defaults())
	cmd := command(t, theChecks(t), "-test.run=TestCopied", "-env="+environment(t, d, ""))
	cmd.Env = append(os.Environ(), "MUSTER_PROOF_COPIED=1")
	o := finish(t, cmd)
	assert.Zero(t, o.code, o.stdout+o.stderr)
	assert.NoFileExists(t, filepath.Join(cmd.Dir, "PWNED"))
}
