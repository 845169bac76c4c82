package proof

import (
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/lanes"
	"github.com/lsst-sqre/muster/fixtures/phalanx"
)

// How a connection is reset at a part of a request or answer.
const (
	beforeRequest = "before the request arrives"
	beforeAnswer  = "before the answer arrives"
	duringAnswer  = "during the answer"
)

// TestOneReset resets one connection at different times of a run. The run passes
// all the same and says what it sent again. Some resets have no effect: of an
// idle connection, or of one for TLS 1.1.
func TestOneReset(t *testing.T) {
	lanes.Slow(t)
	t.Parallel()
	var noticed atomic.Int64
	ways := []string{beforeRequest, beforeAnswer, duringAnswer}
	times := []int{1, 2, 3, 5, 50, 150, 250} // of about 300 parts
	t.Run("each", func(t *testing.T) {
		for _, how := range ways {
			for _, at := range times {
				t.Run(fmt.Sprintf("%s %d", how, at), func(t *testing.T) {
					t.Parallel()
					d, p, env := behindResetter(t, how, func(n int) bool { return n == at })
					o := runs(t, theSuite(t), "-env="+env)
					assert.Zero(t, o.code, o.stdout+o.stderr)
					assert.Equal(t, "pass", o.run.Verdict)
					assert.Equal(t, 1, p.resets(), "connections reset")
					assert.Empty(t, d.Tokens())
					if again := o.run.Facts["repeated"]; again != "" {
						assert.Contains(t, again, "1, because their connections were lost: ")
						assert.Contains(t, o.stdout, "SENT AGAIN 1, ")
						noticed.Add(1)
					}
				})
			}
		}
	})
	assert.Greater(t, int(noticed.Load()), len(ways)*len(times)/2)
}

// The output of a check names the requests that it sent again.
func TestResetIsRemarked(t *testing.T) {
	t.Parallel()
	// The first parts belong to requests before the checks.
	_, _, env := behindResetter(t, duringAnswer, func(n int) bool { return n == 28 })
	o := runs(t, theSuite(t), "-test.run=TestPathTricks", "-test.parallel=1", "-env="+env)
	assert.Contains(t, o.stdout, "remark: sent again because the connection was lost: GET /")
}

// A deployment that goes on losing connections is not healthy.
func TestManyResets(t *testing.T) {
	t.Parallel()
	for _, how := range []string{beforeRequest, beforeAnswer, duringAnswer} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			d, _, env := behindResetter(t, how, func(n int) bool { return n%5 == 0 })
			o := runs(t, theSuite(t), "-env="+env)
			assert.NotZero(t, o.code)
			assert.Contains(t, o.run.Diagnoses[0].String(), "Connections to the deployment are lost repeatedly", o.stdout)
			assert.Contains(t, o.stdout, "8 requests were sent again already")
			assert.Contains(t, o.stdout, "SENT AGAIN 8")
			if len(d.Tokens()) > 0 {
				assert.Contains(t, o.stdout, "left behind: ")
			}
		})
	}
}

// resetter is a proxy in front of the TLS edge that resets connections.
type resetter struct {
	to, how string
	when    func(n int) bool
	mu      sync.Mutex
	parts   int
	done    int
}

// behindResetter is an environment whose address is a resetter's. It resets the
// connection of every part for which when says so, the first being 1.
func behindResetter(t *testing.T, how string, when func(n int) bool) (*phalanx.Deployment, *resetter, string) {
	t.Helper()
	d := deployment(t, phalanx.Defaults())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, l.Close()) })
	p := &resetter{to: d.Address(), how: how, when: when}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return // the test is over
			}
			go p.serve(conn.(*net.TCPConn))
		}
	}()
	env := environment(t, d, localFeatures)
	replaceInFile(t, env, "address: "+d.Address(), "address: "+l.Addr().String())
	return d, p, env
}

func (p *resetter) serve(client *net.TCPConn) {
	conn, err := net.Dial("tcp", p.to)
	if err != nil {
		_ = client.Close() // the deployment is gone
		return
	}
	server := conn.(*net.TCPConn)
	go p.copy(server, client, client, p.how == beforeRequest)
	p.copy(client, server, client, p.how != beforeRequest)
}

// copy forwards parts and resets the client's connection at the chosen part.
func (p *resetter) copy(to, from, client *net.TCPConn, counts bool) {
	defer func() { _, _ = to.Close(), from.Close() }() // each side ends with the other
	buffer := make([]byte, 1<<20)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		reset := counts && p.turn()
		if reset && p.how == duringAnswer {
			_, _ = to.Write(buffer[:n/2]) // the rest never comes
		}
		if reset {
			_ = client.SetLinger(0) // so that closing it is a reset
			return
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func (p *resetter) turn() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.parts++
	if !p.when(p.parts) {
		return false
	}
	p.done++
	return true
}

func (p *resetter) resets() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.done
}
