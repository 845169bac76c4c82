package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/validation/environment"
)

// firewall stands in front of a TLS server. It reads the ClientHello of each
// connection and then follows its conduct.
type firewall struct {
	connections atomic.Int64
	// conduct handles a connection and reports whether the server gets it.
	conduct func(raw *net.TCPConn, number int64, hello []byte) bool
}

// replayed is a connection whose ClientHello was read already.
type replayed struct {
	net.Conn
	from io.Reader
}

func (r replayed) Read(p []byte) (int, error) { return r.from.Read(p) }

// listen returns a client of the deployment behind the firewall.
func (f *firewall) listen(t *testing.T) *Client {
	t.Helper()
	server := httptest.NewTLSServer(nil)
	server.Close() // only its certificate is needed
	config := &tls.Config{Certificates: server.TLS.Certificates, MinVersion: tls.VersionTLS10}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, l.Close()) })
	go func() {
		for {
			raw, err := l.Accept()
			if err != nil {
				return
			}
			go f.serve(raw.(*net.TCPConn), config)
		}
	}()
	env := &environment.Environment{Name: "test", URL: "https://example.com", Address: l.Addr().String()}
	require.NoError(t, env.Complete(t.TempDir()))
	c, err := New(env, nil)
	require.NoError(t, err)
	return c
}

func (f *firewall) serve(raw *net.TCPConn, config *tls.Config) {
	defer func() { _ = raw.Close() }() // the client may have closed it
	hello := make([]byte, 5)
	if _, err := io.ReadFull(raw, hello); err != nil {
		return
	}
	hello = append(hello, make([]byte, binary.BigEndian.Uint16(hello[3:]))...)
	if _, err := io.ReadFull(raw, hello[5:]); err != nil {
		return
	}
	if f.conduct(raw, f.connections.Add(1), hello) {
		_ = tls.Server(replayed{raw, io.MultiReader(bytes.NewReader(hello), raw)}, config).Handshake() // the client says it
	}
}

func says(text string) func(*net.TCPConn, int64, []byte) bool {
	return func(raw *net.TCPConn, _ int64, _ []byte) bool {
		_, _ = raw.Write([]byte(text)) // the client may have closed it
		return false
	}
}

func resets(raw *net.TCPConn, _ int64, _ []byte) bool {
	_ = raw.SetLinger(0) // closing then resets the connection
	return false
}

// A failed handshake has a kind, because each kind has another cause.
func TestKindOfAFailedHandshake(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		conduct func(*net.TCPConn, int64, []byte) bool
		kind    string
		says    string
		asked   int64 // lost connections are tried again, and then with classical key shares
	}{
		"TLS":                   {func(*net.TCPConn, int64, []byte) bool { return true }, "", "", 1},
		"plain HTTP":            {says("HTTP/1.1 400 Bad Request\r\n\r\n"), HandshakePlain, "in plain HTTP", 1},
		"another protocol":      {says("SSH-2.0-OpenSSH\r\n"), HandshakePlain, `"SSH-2"`, 1},
		"an alert":              {says("\x15\x03\x03\x00\x02\x02\x28"), HandshakeAlert, "alert handshake failure", 1},
		"it closes":             {says(""), HandshakeClosed, "closes it", 3},
		"it closes in a record": {says("\x15\x03"), HandshakeClosed, "closes it", 3},
		"it resets":             {resets, HandshakeClosed, "closes it", 3},
		"it drops large packets": {func(_ *net.TCPConn, _ int64, hello []byte) bool { return len(hello) < 1200 },
			HandshakeLargeHello, "closes it. With classical key shares only the handshake succeeds", 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &firewall{conduct: c.conduct}
			err := f.listen(t).TLS(t.Context())
			assert.Equal(t, c.asked, f.connections.Load())
			if c.kind == "" {
				require.NoError(t, err)
				return
			}
			failed, ok := errors.AsType[*HandshakeError](err)
			require.True(t, ok, err)
			assert.Equal(t, c.kind, failed.Kind, err)
			assert.ErrorContains(t, err, c.says)
			assert.ErrorContains(t, err, "no TLS handshake with example.com:443 (at the address 127.0.0.1:")
		})
	}
}

// slow is the error of a connection whose deadline passed.
type slow struct{ error }

func (slow) Timeout() bool   { return true }
func (slow) Temporary() bool { return false }

func TestHandshakeKindOfAnError(t *testing.T) {
	t.Parallel()
	for want, all := range map[string][]error{
		HandshakeClosed: {io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.EPIPE},
		HandshakeSilent: {context.DeadlineExceeded, slow{errors.New("i/o timeout")}},
		HandshakeAlert:  {tls.AlertError(40), errors.New("remote error: tls: handshake failure")},
		HandshakePlain:  {tls.RecordHeaderError{}},
		HandshakeOther:  {errors.New("tls: server chose an unconfigured cipher suite")},
	} {
		for _, err := range all {
			kind, _ := handshakeKind(err)
			assert.Equal(t, want, kind, err)
		}
	}
}

// A server that says nothing may drop the large ClientHello, too.
func TestSilentHandshake(t *testing.T) {
	t.Parallel()
	over := make(chan struct{})
	f := &firewall{conduct: func(_ *net.TCPConn, _ int64, hello []byte) bool {
		if len(hello) > 1200 {
			<-over
		}
		return len(hello) < 1200
	}}
	c := f.listen(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := c.TLS(ctx)
	close(over)
	failed, ok := errors.AsType[*HandshakeError](err)
	require.True(t, ok, err)
	assert.Equal(t, HandshakeSilent, failed.Kind, "nothing was left of the time to try it again")
}

// A handshake is repeated once if its connection was lost. One of an old version
// of TLS is not, because some servers refuse it with a reset.
func TestLostHandshakeIsRepeated(t *testing.T) {
	t.Parallel()
	for version, repeated := range map[uint16]bool{0: true, tls.VersionTLS12: true, tls.VersionTLS11: false} {
		f := &firewall{conduct: func(raw *net.TCPConn, number int64, hello []byte) bool {
			return number > 1 || resets(raw, number, hello)
		}}
		c := f.listen(t)
		config := c.TLSConfig()
		config.InsecureSkipVerify, config.MinVersion, config.MaxVersion = true, tls.VersionTLS10, version
		_, err := c.Handshake(t.Context(), config)
		assert.Equal(t, repeated, err == nil, "%x: %v", version, err)
		assert.Equal(t, repeated, c.Retries.String() != "")
	}
	f := &firewall{conduct: says("\x15\x03\x03\x00\x02\x02\x28")}
	c := f.listen(t)
	_, err := c.Handshake(t.Context(), c.TLSConfig())
	require.Error(t, err)
	assert.EqualValues(t, 1, f.connections.Load(), "an answer is not repeated")
}
