//go:build unix

package muster

import (
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/lsst-sqre/muster/fixtures/lanes"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var attackers = flag.Int("attackers", 1000, "how many connections an attack on the server has")

// memoryLimit in megabytes is what the chart gives the server: 64 MiB.
const memoryLimit = float64(64<<20) / 1e6

// probeRequest is the beginning of a request, without the end of its head.
const probeRequest = "GET /muster/probes/anonymous HTTP/1.1\r\nHost: a\r\n"

// biggestHead is a request with four header lines of 64 KiB, as much as
// ingress-nginx lets through. Each byte takes six in the report.
var biggestHead = probeRequest + strings.Repeat("X-Big: "+strings.Repeat("\xff", 64<<10-9)+"\r\n", 4) + "\r\n"

// distinctLines is a head of as many bytes in short lines of different names,
// which takes most memory.
func distinctLines() string {
	var b strings.Builder
	b.WriteString(probeRequest)
	for i := 0; b.Len() < 256<<10; i++ {
		fmt.Fprintf(&b, "%x:\r\n", i)
	}
	return b.String()
}

// attacks are the bytes that a hostile client sends before it stops reading and
// writing.
var attacks = map[string]string{
	"silent":            "",
	"half a head":       probeRequest,
	"half a body":       "POST /muster/probes/anonymous HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\nhalf",
	"idle":              probeRequest + "\r\n",
	"half a big head":   biggestHead[:len(biggestHead)-2],
	"half of lines":     distinctLines(),
	"big head":          biggestHead,
	"many lines":        distinctLines() + "\r\n",
	"many big requests": strings.Repeat(biggestHead, 4),
}

// A thousand connections send nothing, too little or too much, and read no
// answer. The memory stays below the chart's limit, the internal listener answers
// the kubelet, and no goroutine is left afterwards.
func TestAttacks(t *testing.T) {
	lanes.Slow(t)
	needFiles(t, *attackers)
	binary := buildMuster(t)
	for name, text := range attacks {
		t.Run(name, func(t *testing.T) { underAttack(t, startProcess(t, binary), text) })
	}
}

// needFiles skips the test if the process may not open so many files.
func needFiles(t *testing.T, n int) {
	t.Helper()
	var limit syscall.Rlimit
	require.NoError(t, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit))
	if uint64(n)+100 > limit.Cur { // Go has raised it as far as it may
		t.Skipf("%d files may be open, and -attackers=%d needs more", limit.Cur, *attackers)
	}
}

func underAttack(t *testing.T, s *process, text string) {
	goroutines := s.goroutines()
	conns := openAll(t, s.address, text)
	start, slowest := time.Now(), time.Duration(0)
	for n := 0; n < 20 || time.Since(start) < time.Second; n++ {
		asked := time.Now()
		require.Equal(t, http.StatusOK, s.inside.get("/healthz").status)
		slowest = max(slowest, time.Since(asked))
	}
	assert.Less(t, slowest, 2*time.Second, "the kubelet waits for 5 s")
	for _, conn := range conns {
		_ = conn.Close() // the server may have been first
	}
	assert.Equal(t, Pass, s.probe("authenticated", userLines()...).Status)
	eventually(t, func() bool { return s.goroutines() <= goroutines+2 }, "no goroutine is left")
	assert.Less(t, s.peak(), memoryLimit, "megabytes at most")
	t.Logf("%d attackers: %.0f MB at most, %.0f MB after; health within %v", len(conns), s.peak(), s.resident(), slowest)
}

// openAll opens the connections and sends the text on each.
func openAll(t *testing.T, address, text string) []net.Conn {
	t.Helper()
	const waves = 8
	conns := make([]net.Conn, *attackers)
	var all sync.WaitGroup
	for first := range waves {
		all.Go(func() {
			for i := first; i < len(conns); i += waves {
				conn, err := net.DialTimeout("tcp", address, 30*time.Second)
				if !assert.NoError(t, err) {
					return
				}
				t.Cleanup(func() { _ = conn.Close() })
				_ = conn.SetWriteDeadline(time.Now().Add(100 * time.Millisecond)) // the server need not read all
				_, _ = io.WriteString(conn, text)
				conns[i] = conn
			}
		})
	}
	all.Wait()
	require.False(t, t.Failed())
	return conns
}
