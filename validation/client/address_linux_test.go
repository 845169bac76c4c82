package client

import (
	"net"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/validation/environment"
)

// deaf returns an address whose port drops the packets of new connections, as a
// firewall does. Linux drops them if the accept queue is full.
func deaf(t *testing.T) string {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, syscall.Close(fd)) })
	require.NoError(t, syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	require.NoError(t, syscall.Listen(fd, 0))
	name, err := syscall.Getsockname(fd)
	require.NoError(t, err)
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(name.(*syscall.SockaddrInet4).Port))
	for range 16 {
		conn, err := net.DialTimeout("tcp", address, time.Second)
		if err != nil {
			return address
		}
		t.Cleanup(func() { assert.NoError(t, conn.Close()) })
	}
	t.Skip("this kernel queues connections that nobody accepts")
	return ""
}

// A filtered port 80 serves nothing over plain HTTP. A port that answers does not
// count as filtered.
func TestPlainClosedWhereFiltered(t *testing.T) {
	t.Parallel()
	open, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, open.Close()) })
	for address, closed := range map[string]bool{deaf(t): true, open.Addr().String(): false} {
		env := &environment.Environment{Name: "test", URL: "https://data.example.org", Address: "127.0.0.1:1",
			HTTPAddress: address}
		require.NoError(t, env.Complete(t.TempDir()))
		c := &Client{env: env, dialer: dialer{env}}
		assert.Equal(t, closed, c.PlainClosed(t.Context()), address)
	}
}
