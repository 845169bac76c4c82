package muster

import (
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// crowd is a listener with the connections that it accepted. It bounds their
// number, and the bytes that their requests and answers take up. Where there is
// no room, the connection that has kept the server waiting for longest has to
// go, not the one that came last: whoever opens thousands of connections and
// says nothing, or says it slowly, does not keep out the others.
type crowd struct {
	net.Listener
	limit crowdLimit
	log   *slog.Logger

	slots     chan struct{}
	closed    chan struct{}
	closeOnce sync.Once
	sentAway  atomic.Int64

	mu      sync.Mutex
	members map[*member]struct{} // those who can be sent away
	bytes   int64                // that all hold together
	leaving int64                // of these, what those hold who were sent away and are not gone yet
	fewer   *sync.Cond           // bytes
	warned  time.Time
}

// crowdLimit bounds a crowd.
type crowdLimit struct {
	connections int
	bytes       int64
}

// share in bytes is a member's part of the room. Where the room is overdrawn,
// someone holds more than that.
func (l crowdLimit) share() int64 { return l.bytes / int64(l.connections) }

func newCrowd(l net.Listener, limit crowdLimit, log *slog.Logger) *crowd {
	c := &crowd{Listener: l, limit: limit, log: log, slots: make(chan struct{}, limit.connections),
		closed: make(chan struct{}), members: map[*member]struct{}{}}
	c.fewer = sync.NewCond(&c.mu)
	return c
}

// Accept waits for a connection, and then until there is room for it.
func (c *crowd) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err != nil {
		return nil, err
	}
	for {
		select {
		case c.slots <- struct{}{}:
			return c.enter(conn), nil
		case <-c.closed:
			_ = conn.Close() // nobody will answer
			return nil, net.ErrClosed
		default:
		}
		c.makeRoom()
		// Whoever was sent away leaves as soon as its goroutine notices. If all
		// were busy, one soon is not.
		select {
		case c.slots <- struct{}{}:
			return c.enter(conn), nil
		case <-c.closed:
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Close ends the listener, and an Accept that waits for room.
func (c *crowd) Close() error {
	c.closeOnce.Do(func() { close(c.closed) })
	return c.Listener.Close()
}

func (c *crowd) enter(conn net.Conn) *member {
	m := &member{Conn: conn, crowd: c, away: make(chan struct{})}
	m.wait(time.Now())
	c.mu.Lock()
	defer c.mu.Unlock()
	c.members[m] = struct{}{}
	return m
}

// makeRoom for one more connection. It says once a minute that there is none.
func (c *crowd) makeRoom() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.sendAway(nil, 0) {
		return
	}
	if now := time.Now(); now.Sub(c.warned) > time.Minute {
		c.warned = now
		c.log.Warn("more connections than there is room for: those that wait longest are closed",
			"address", c.Addr().String(), "limit", c.limit.connections, "closed_so_far", c.sentAway.Load())
	}
}

// sendAway closes the connection that has waited longest for its client, of
// those that hold more than so many bytes, and not the one spared. It reports
// whether there was one. It is called with the lock held.
func (c *crowd) sendAway(spared *member, above int64) bool {
	var longest *member
	var since int64
	for m := range c.members {
		at := m.since.Load()
		if at == 0 || m == spared || above > 0 && m.bytes <= above {
			continue
		}
		if longest == nil || at < since {
			longest, since = m, at
		}
	}
	if longest == nil {
		return false
	}
	delete(c.members, longest)
	longest.leaving = true
	close(longest.away)
	c.leaving += longest.bytes
	c.sentAway.Add(1)
	_ = longest.Conn.Close() // its goroutine sees the error, and ends
	c.fewer.Broadcast()      // it may be the one that waits for room
	return true
}

// open is how many connections there are.
func (c *crowd) open() int { return len(c.slots) }

// member is one connection of a crowd.
type member struct {
	net.Conn
	crowd *crowd
	// since is when the server began to wait for the client, in nanoseconds of
	// Unix time; 0 while the client waits for the server.
	since atomic.Int64
	// away is closed when the connection is sent away.
	away chan struct{}

	// These are guarded by the lock of the crowd.
	bytes   int64
	leaving bool // sent away
	gone    bool
}

// wait notes that it is the client's turn.
func (m *member) wait(since time.Time) {
	if m != nil {
		m.since.Store(since.UnixNano())
	}
}

// work notes that it is the server's turn: the client has said all.
func (m *member) work() {
	if m != nil {
		m.since.Store(0)
	}
}

// hold notes that so many bytes more are kept for the connection, fewer where n
// is negative, and waits until there is room for them.
func (m *member) hold(n int) {
	if m == nil || n == 0 {
		return
	}
	c := m.crowd
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count(m, int64(n))
	for n > 0 && c.bytes > c.limit.bytes && !m.leaving && !m.gone {
		if c.bytes-c.leaving > c.limit.bytes && c.sendAway(m, c.limit.share()) {
			continue
		}
		if c.leaving == 0 {
			return // those who are at work have it all, and are few
		}
		c.fewer.Wait()
	}
}

// count is called with the lock held.
func (c *crowd) count(m *member, n int64) {
	if m.gone {
		return
	}
	m.bytes += n
	c.bytes += n
	if m.leaving {
		c.leaving += n
	}
	if n < 0 {
		c.fewer.Broadcast()
	}
}

// Close is Conn.Close, and makes room for another connection.
func (m *member) Close() error {
	err := m.Conn.Close()
	c := m.crowd
	c.mu.Lock()
	defer c.mu.Unlock()
	if !m.gone {
		delete(c.members, m)
		c.count(m, -m.bytes)
		m.gone = true
		c.fewer.Broadcast()
		<-c.slots
	}
	return err
}

// CloseWrite ends the sending side alone, where the connection can: net/http
// does so before it waits for the client to read a refusal (413, 431), which
// the kernel may throw away otherwise. The connection ends by itself then, and
// no sooner if it is sent away.
func (m *member) CloseWrite() error {
	m.work()
	if half, ok := m.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

// noteState is the hook of an http.Server without recorders by which its crowd
// learns that a request begins.
func noteState(conn net.Conn, state http.ConnState) {
	if m, ok := conn.(*member); ok && state == http.StateActive {
		m.wait(time.Now())
	}
}
