package muster

import (
	"io"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/programs"
)

// crowded is a crowd on a socket, and what its log says.
func crowded(t *testing.T, limit crowdLimit) (*crowd, *programs.Output) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	out := new(programs.Output)
	c := newCrowd(l, limit, slog.New(slog.NewTextHandler(out, nil)))
	t.Cleanup(func() { _ = c.Close() })
	return c, out
}

// come makes a connection to the crowd: the client's end and the server's.
func (c *crowd) come(t *testing.T) (net.Conn, *member) {
	t.Helper()
	client, err := net.Dial("tcp", c.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	require.NoError(t, client.SetDeadline(time.Now().Add(20*time.Second)))
	conn, err := c.Accept()
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return client, conn.(*member)
}

// leaveWhenSentAway does what net/http does: it reads, and closes on an error.
func leaveWhenSentAway(m *member) {
	go func() {
		_, _ = io.Copy(io.Discard, m)
		_ = m.Close()
	}()
}

// alive reports whether the server's end is still open.
func alive(t *testing.T, client net.Conn, m *member) bool {
	t.Helper()
	if _, err := m.Write([]byte("x")); err != nil {
		return false
	}
	_, err := io.ReadFull(client, make([]byte, 1))
	require.NoError(t, err)
	return true
}

func TestWhoWaitsLongestMakesRoom(t *testing.T) {
	t.Parallel()
	c, log := crowded(t, crowdLimit{3, 1 << 20})
	var clients [4]net.Conn
	var members [4]*member
	begin := time.Now()
	for i, since := range []time.Duration{time.Second, 0, 2 * time.Second} {
		clients[i], members[i] = c.come(t)
		members[i].wait(begin.Add(since))
		leaveWhenSentAway(members[i])
	}
	assert.Equal(t, 3, c.open())
	assert.Empty(t, log.String())
	members[1].work() // the longest wait is over: it is the server's turn
	clients[3], members[3] = c.come(t)
	leaveWhenSentAway(members[3])
	assert.False(t, alive(t, clients[0], members[0]))
	for i := 1; i < 4; i++ {
		assert.True(t, alive(t, clients[i], members[i]), "%d", i)
	}
	members[1].wait(begin)
	c.come(t)
	assert.False(t, alive(t, clients[1], members[1]))
	assert.True(t, alive(t, clients[2], members[2]))
	assert.EqualValues(t, 2, c.sentAway.Load())
	assert.Equal(t, 3, c.open())
	assert.Regexp(t, `^time=\S+ level=WARN msg="more connections than [^"]+" address=127\.0\.0\.1:\d+ limit=3 closed_so_far=1\n$`, log.String(), "said once")
}

// Where all are at work, a newcomer waits until one is done.
func TestNobodyAtWorkIsSentAway(t *testing.T) {
	t.Parallel()
	c, _ := crowded(t, crowdLimit{1, 1 << 20})
	client, busy := c.come(t)
	busy.work()
	leaveWhenSentAway(busy)
	newcomer, err := net.Dial("tcp", c.Addr().String())
	require.NoError(t, err)
	defer newcomer.Close()
	accepted := make(chan error, 1)
	go func() {
		conn, err := c.Accept()
		if err == nil {
			_ = conn.Close()
		}
		accepted <- err
	}()
	assert.True(t, alive(t, client, busy))
	select {
	case err := <-accepted:
		t.Errorf("a second connection was accepted: %v", err)
	default:
	}
	busy.wait(time.Now())
	require.NoError(t, <-accepted)
	assert.False(t, alive(t, client, busy))
}

func TestListenerThatClosesAcceptsNobody(t *testing.T) {
	t.Parallel()
	c, _ := crowded(t, crowdLimit{1, 1 << 20})
	_, busy := c.come(t)
	busy.work()
	newcomer, err := net.Dial("tcp", c.Addr().String())
	require.NoError(t, err)
	defer newcomer.Close()
	waiting := make(chan error, 1)
	go func() {
		_, err := c.Accept()
		waiting <- err
	}()
	require.NoError(t, c.Close())
	assert.ErrorIs(t, <-waiting, net.ErrClosed, "it does not wait for room in a closed listener")
}

func TestClosedTwiceMakesRoomOnce(t *testing.T) {
	t.Parallel()
	c, _ := crowded(t, crowdLimit{2, 1 << 20})
	_, first := c.come(t)
	c.come(t)
	first.hold(10)
	require.NoError(t, first.Close())
	assert.ErrorIs(t, first.Close(), net.ErrClosed)
	assert.Equal(t, 1, c.open())
	assert.Zero(t, c.held())
	first.hold(10)
	assert.Zero(t, c.held(), "who left holds nothing")
}

// Where the bytes are too many, who holds more than a share and waits longest
// has to go, not who holds little or asks for room now.
func TestWhoHoldsTooMuchMakesRoom(t *testing.T) {
	t.Parallel()
	c, _ := crowded(t, crowdLimit{4, 4000})
	var clients [4]net.Conn
	var members [4]*member
	for i := range members {
		clients[i], members[i] = c.come(t)
		members[i].wait(time.Unix(int64(i+1), 0))
		leaveWhenSentAway(members[i])
	}
	members[0].hold(900)
	members[1].hold(1100)
	members[2].hold(1500)
	members[3].hold(500)
	assert.EqualValues(t, 4000, c.held())
	members[3].hold(200) // returns when the other has left
	assert.EqualValues(t, 3100, c.held())
	for i, want := range []bool{true, false, true, true} {
		assert.Equal(t, want, alive(t, clients[i], members[i]), "%d", i)
	}
	members[2].work()
	members[3].hold(4000)
	assert.True(t, alive(t, clients[2], members[2]), "who is at work stays, even if the room is overdrawn")
	members[2].hold(-1500)
	members[3].hold(-4700)
	assert.EqualValues(t, 900, c.held())
}

func (c *crowd) held() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bytes
}

// Whoever waits for room can be sent away, too, and then waits no more.
func TestWhoWaitsForRoomIsSentAway(t *testing.T) {
	t.Parallel()
	c, _ := crowded(t, crowdLimit{3, 3000})
	var members [3]*member
	for i := range members {
		_, members[i] = c.come(t)
		members[i].wait(time.Unix(int64(i+1), 0))
	}
	members[1].hold(2000)
	done := make(chan struct{})
	go func() {
		members[0].hold(1500) // sends the other away, which does not leave
		close(done)
	}()
	eventually(t, func() bool { return c.sentAway.Load() == 1 }, "one is sent away")
	go members[2].hold(2500)
	<-done
	assert.EqualValues(t, 2, c.sentAway.Load())
	for _, m := range members {
		_ = m.Close() // two are closed already
	}
	assert.Zero(t, c.held())
}
