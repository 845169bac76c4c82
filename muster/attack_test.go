//go:build unix

package muster

import (
	"encoding/base64"
	"encoding/hex"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/muster/daemon"
)

var attackers = flag.Int("attackers", 2000, "how many connections an attack on the server has")

// memoryBound in megabytes is what the server may hold whatever anyone does,
// well below the 256 MiB that the chart gives it.
const memoryBound = 190

// attack is what one hostile client does on its connection. It returns when it
// has done its worst, and leaves the connection open.
type attack func(conn net.Conn)

func say(text string) attack {
	return func(conn net.Conn) { _, _ = io.WriteString(conn, text) } // the server may have closed it
}

// hoard asks for an answer that is bigger than what the kernel buffers, and
// reads none of it.
func hoard(conn net.Conn) {
	_ = conn.(*net.TCPConn).SetReadBuffer(1024)
	for range 6 {
		if _, err := io.WriteString(conn, echoing(280<<10)); err != nil {
			return
		}
	}
}

// echoing is a request whose answer has so many bytes, and six times as many:
// each is escaped.
func echoing(bytes int) string {
	return sent{target: "/muster/probes/anonymous", lines: [][2]string{{"X-Echo", strings.Repeat("\xff", bytes)}}}.String()
}

// attacks that send little come in full number, those that send much as a
// sixteenth of it.
var (
	attacks = map[string]attack{
		"say nothing":  func(net.Conn) {},
		"half a head":  say("GET /muster/probes/anonymous HTTP/1.1\r\nHost: a\r\nX-Slow: "),
		"half a body":  say("POST /muster/probes/anonymous HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\nhalf"),
		"half a chunk": say("POST /muster/probes/anonymous HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\nhalf"),
		"stay":         say("GET /muster/probes/anonymous HTTP/1.1\r\nHost: a\r\n\r\n"),
		"refused":      say("NONSENSE\r\n\r\n"),
	}
	bigAttacks = map[string]attack{
		"half a big head":   say("GET /muster/probes/anonymous HTTP/1.1\r\nHost: a\r\nX-Big: " + strings.Repeat("x", 300<<10)),
		"many header lines": say("GET /muster/probes/anonymous HTTP/1.1\r\nHost: a\r\n" + strings.Repeat("a:b\r\n", 50_000)),
		"head too big":      say("GET / HTTP/1.1\r\nHost: a\r\nX-Big: " + strings.Repeat("x", 1<<20)),
		"tokens in hex":     say(hiding(hex.EncodeToString)),
		"tokens in base64":  say(hiding(base64.StdEncoding.EncodeToString)),
		"read nothing":      hoard,
	}
)

// hiding is a request of four lines, as big as ingress-nginx lets them through,
// that are full of encoded tokens.
func hiding(encode func([]byte) string) string {
	full := encode([]byte(strings.Repeat(callerToken+" ", 2000)))[:61<<10]
	return sent{target: "/muster/probes/anonymous", lines: [][2]string{{"X-A", full}, {"X-B", full}, {"X-C", full}, {"X-D", full}}}.String()
}

// Thousands of connections that say nothing, too little, too much, or do not
// read: the memory stays bounded, others get right answers, and nothing is left
// when the attackers are gone.
func TestAttacks(t *testing.T) {
	needFiles(t, *attackers)
	binary := buildMuster(t)
	for name, attack := range attacks {
		t.Run(name, func(t *testing.T) { underAttack(t, startProcess(t, binary), attack, *attackers) })
	}
	for name, attack := range bigAttacks {
		t.Run(name, func(t *testing.T) { underAttack(t, startProcess(t, binary), attack, *attackers/16) })
	}
}

// needFiles skips the test where so many files cannot be open.
func needFiles(t *testing.T, n int) {
	t.Helper()
	var limit syscall.Rlimit
	require.NoError(t, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit))
	if uint64(n)+100 > limit.Cur { // Go has raised it as far as it may
		t.Skipf("%d files may be open, and -attackers=%d needs more", limit.Cur, *attackers)
	}
}

func underAttack(t *testing.T, s *process, attack attack, attackers int) {
	before, goroutines := s.resident(), s.metric("go_goroutines")
	conns := make([]net.Conn, attackers)
	defer func() {
		for _, conn := range conns {
			if conn != nil {
				_ = conn.Close() // closed twice where all went well
			}
		}
	}()
	const waves = 8
	var all sync.WaitGroup
	for first := range waves {
		all.Go(func() {
			for i := first; i < attackers; i += waves {
				conn, err := net.DialTimeout("tcp", s.address, 30*time.Second)
				if !assert.NoError(t, err) {
					return
				}
				_ = conn.SetWriteDeadline(time.Now().Add(100 * time.Millisecond)) // who does not get rid of it has done his worst
				attack(conn)
				conns[i] = conn
			}
		})
	}
	done := make(chan struct{})
	go func() {
		all.Wait()
		close(done)
	}()
	took := othersDuring(t, s, done)
	open, away := s.metric("muster_connections"), s.metric("muster_connections_sent_away_total")
	assert.LessOrEqual(t, open, publicLimit.connections)
	for _, conn := range conns {
		if conn != nil {
			_ = conn.Close() // the server may have been first
		}
	}
	eventually(t, func() bool { return s.metric("muster_connections") == 0 }, "no connection is left")
	eventually(t, func() bool { return s.metric("go_goroutines") <= goroutines+2 }, "no goroutine is left")
	peak := s.peak()
	assert.Less(t, peak, float64(memoryBound), "megabytes at most")
	slices.Sort(took)
	t.Logf("%d attackers: %.0f MB before, %.0f MB at most, %.0f MB after; %d open, %d sent away; %d others answered, half within %v, all within %v",
		attackers, before, peak, s.resident(), open, away, len(took), took[len(took)/2].Round(time.Microsecond), took[len(took)-1].Round(time.Microsecond))
}

// othersDuring asks as others do, until the attack is done and a little longer.
// One of them that this machine lets wait between its connection and its request
// looks like an attacker: a few may be sent away.
func othersDuring(t *testing.T, s *process, done <-chan struct{}) (took []time.Duration) {
	t.Helper()
	lost := 0
	for more := 20; more > 0; {
		select {
		case <-done:
			more--
		default:
		}
		start := time.Now()
		got, err := s.try(sent{target: "/muster/probes/authenticated", lines: userLines()})
		if err != nil {
			t.Logf("one of the others was sent away: %v", err)
			lost++
			require.LessOrEqual(t, lost, 3+len(took)/20, "others are sent away")
			continue
		}
		took = append(took, time.Since(start))
		require.Equal(t, http.StatusOK, got.status, got.body)
		report := decodeReport(t, got.body)
		require.Equal(t, Pass, report.Status)
		require.Equal(t, user, report.Identity.User)
	}
	return took
}

// The internal listener has room for others, too.
func TestAttackOnTheInternalListener(t *testing.T) {
	t.Parallel()
	s := startProcess(t, buildMuster(t))
	for range 3 * internalLimit.connections {
		conn, err := net.Dial("tcp", s.inside.address)
		require.NoError(t, err)
		defer conn.Close()
	}
	assert.Equal(t, http.StatusOK, s.inside.get("/healthz").status)
	assert.Positive(t, s.metric("go_goroutines"))
}

// Whoever waits for the turn of a big head can be sent away: those who have one
// may be waiting for the room.
func TestWhoWaitsForTheirTurnIsSentAway(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	for range bigLimit {
		require.True(t, s.server.big.tryTake())
	}
	conn, in := s.dial()
	_, err := io.WriteString(conn, echoing(100<<10))
	require.NoError(t, err)
	eventually(t, func() bool { return s.server.inFlight.Load() == 1 }, "it waits")
	assert.Equal(t, Pass, s.probe("anonymous").Status, "others need no such turn")
	c := s.server.crowd.Load()
	eventually(t, func() bool { c.makeRoom(); return c.open() == 0 }, "it is gone")
	_, err = in.ReadByte()
	assert.Error(t, err)
	for range bigLimit {
		s.server.big.giveBack()
	}
	assert.Equal(t, http.StatusOK, s.get("/muster/probes/anonymous", [2]string{"X-Big", strings.Repeat("x", 100<<10)}).status)
}

// Whoever is too slow is cut off, through the recorder and the crowd: their
// connections must pass the deadlines on.
func TestSlowClientsAreCutOff(t *testing.T) {
	t.Parallel()
	const little = 50 * time.Millisecond
	for name, c := range map[string]struct {
		attack
		set func(*http.Server)
	}{
		"say nothing":  {func(net.Conn) {}, func(h *http.Server) { h.ReadHeaderTimeout = little }},
		"half a head":  {attacks["half a head"], func(h *http.Server) { h.ReadHeaderTimeout = little }},
		"half a body":  {attacks["half a body"], func(h *http.Server) { h.ReadTimeout = little }},
		"half a chunk": {attacks["half a chunk"], func(h *http.Server) { h.ReadTimeout = little }},
		"stay":         {attacks["stay"], func(h *http.Server) { h.IdleTimeout = little }},
		"read nothing": {hoard, func(h *http.Server) { h.WriteTimeout = little }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, err := New(Config{}, nil)
			require.NoError(t, err)
			l, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			h, crowd := server.httpServer(server), newCrowd(l, publicLimit, server.log)
			c.set(h)
			closed := make(chan struct{})
			h.ConnState = func(_ net.Conn, state http.ConnState) {
				if state == http.StateClosed {
					close(closed)
				}
			}
			go func() { _ = h.Serve(recordingListener{crowd, daemon.HeadLimit}) }()
			t.Cleanup(func() { _ = h.Close() })
			conn, err := net.Dial("tcp", l.Addr().String())
			require.NoError(t, err)
			defer conn.Close()
			require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
			c.attack(conn)
			select {
			case <-closed:
				assert.Zero(t, crowd.open())
			case <-time.After(15 * time.Second):
				t.Error("it is not cut off")
			}
		})
	}
}

// Requests that are too big in one respect or another are refused, and others
// are not.
func TestTooBig(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	const megabyte = 1 << 20
	many := make([][2]string, 80_000)
	for i := range many {
		many[i] = [2]string{fmt.Sprintf("x-%d", i), "v"}
	}
	chunk := fmt.Sprintf("%x\r\n%s\r\n", 100_000, strings.Repeat("x", 100_000))
	chunked := [][2]string{{"Transfer-Encoding", "chunked"}}
	for name, c := range map[string]struct {
		request sent
		status  int
	}{
		"one line":         {sent{lines: [][2]string{{"X-Big", strings.Repeat("v", megabyte)}}}, 431},
		"one name":         {sent{lines: [][2]string{{strings.Repeat("n", megabyte), "v"}}}, 431},
		"many lines":       {sent{lines: many}, 431},
		"many short lines": {sent{lines: many[:lineLimit+2000]}, 431},
		"target":           {sent{target: "/" + strings.Repeat("t", megabyte)}, 431},
		"query":            {sent{target: "/?" + strings.Repeat("q", megabyte)}, 431},
		"method":           {sent{method: strings.Repeat("M", megabyte)}, 431},
		"body":             {sent{method: "POST", lines: [][2]string{{"Content-Length", "1073741824"}}, body: strings.Repeat("b", 2*bodyLimit)}, 413},
		"chunked body":     {sent{method: "POST", lines: chunked, body: strings.Repeat(chunk, 80)}, 413},
		"chunk size":       {sent{method: "POST", lines: chunked, body: strings.Repeat("0", megabyte)}, 400},
		"chunk extension":  {sent{method: "POST", lines: chunked, body: "1;" + strings.Repeat("e", megabyte)}, 400},
		"many extensions":  {sent{method: "POST", lines: chunked, body: strings.Repeat("1;"+strings.Repeat("e", 3000)+"\r\nx\r\n", 300)}, 400},
		"trailer":          {sent{method: "POST", lines: chunked, body: "0\r\nX-T: " + strings.Repeat("t", megabyte)}, 400},
		"endless trailers": {sent{method: "POST", lines: chunked, body: "0\r\n" + strings.Repeat("X-T: 1\r\n", 100_000)}, 400},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.request.target == "" {
				c.request.target = "/muster/probes/anonymous"
			}
			conn, in := s.dial()
			go func() { _, _ = io.WriteString(conn, c.request.String()) }() // it is refused before it is sent
			got := readOne(t, in, "POST")
			assert.Equal(t, c.status, got.status, got.body)
			assert.True(t, got.close)
			assert.Equal(t, Pass, s.probe("anonymous").Status)
		})
	}
}
