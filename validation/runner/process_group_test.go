package runner

import (
	"bufio"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A program that misses the first interrupt, because its handler was not
// installed yet, gets another one before it is killed.
func TestStopInterruptsAgain(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("/bin/sh", "-c",
		`n=0; trap 'n=$((n+1)); [ $n -ge 3 ] && exit 7' INT; echo ready; while :; do sleep 0.05; done`)
	inOwnGroup(cmd)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	_, err = bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	done := make(chan struct{})
	go func() { _ = cmd.Wait(); close(done) }()
	processGroup{cmd.Process.Pid}.stop(20*time.Second, done)
	<-done
	assert.Equal(t, 7, cmd.ProcessState.ExitCode(), "it was killed: %s", cmd.ProcessState)
}
