package daemon

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// net/http bounds each request head, but not all of them together: a thousand
// unfinished heads of short lines took 355 MB. So each connection pays for what
// it reads of a head, and gets it back after the answer. A connection that
// cannot pay gets 503.
const (
	// headBudget bounds all heads together, in bytes: three of the largest.
	headBudget = 1 << 20
	// freeHead is the size up to which a head is free, in bytes, so that an
	// attack cannot block usual requests.
	freeHead = 4 << 10
	// lineCost is the cost of a header line besides its length, in bytes, because
	// net/http stores it in a map.
	lineCost = 100
)

// budgetListener makes connections that pay for their heads. Its server needs
// payHeads as its ConnState.
type budgetListener struct {
	net.Listener
	budget *semaphore.Weighted
}

func limitHeads(l net.Listener) net.Listener {
	return budgetListener{l, semaphore.NewWeighted(headBudget)}
}

// Accept implements net.Listener.
func (l budgetListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &budgetConn{Conn: conn, budget: l.budget}, nil
}

type budgetConn struct {
	net.Conn
	budget *semaphore.Weighted

	mu         sync.Mutex
	answering  bool  // the head is complete
	cost, paid int64 // of the head
}

// Read is Conn.Read, and pays.
func (c *budgetConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.pay(p[:n]) {
		return n, err
	}
	_, _ = io.WriteString(c.Conn, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
	// The client can read that only if nothing that it sent is left unread.
	_ = c.SetReadDeadline(time.Now().Add(time.Second / 2))
	_, _ = io.Copy(io.Discard, c.Conn)
	return 0, &net.OpError{Op: "read", Net: "tcp", Err: net.ErrClosed} // to which net/http does not answer
}

// pay reports whether there was enough left in the budget.
func (c *budgetConn) pay(data []byte) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.answering {
		return true
	}
	c.cost += int64(len(data) + lineCost*bytes.Count(data, []byte("\n")))
	due := c.cost - freeHead - c.paid
	if due <= 0 {
		return true
	}
	if !c.budget.TryAcquire(due) {
		return false
	}
	c.paid += due
	return true
}

// payHeads is the ConnState of a server behind a budgetListener. StateActive
// means that a head is complete, StateIdle that its answer is.
func payHeads(conn net.Conn, state http.ConnState) {
	c := conn.(*budgetConn)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answering = state == http.StateActive
	if !c.answering {
		c.budget.Release(c.paid)
		c.cost, c.paid = 0, 0
	}
}
