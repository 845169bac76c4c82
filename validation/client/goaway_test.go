package client

import (
	"crypto/tls"
	"encoding/pem"
	"io"
	"net"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/http2"

	"github.com/lsst-sqre/muster/validation/environment"
)

// A server that ends every connection with GOAWAY makes net/http send one request
// a thousand times.
func TestGoAwayIsBounded(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(nil)
	server.Close() // only its certificate is needed
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: server.TLS.Certificates, NextProtos: []string{"h2"}, MinVersion: tls.VersionTLS12,
	})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, l.Close()) })
	var asked atomic.Int64
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go goAway(conn, &asked)
		}
	}()
	env := &environment.Environment{Name: "test", URL: "https://example.com", Address: l.Addr().String()}
	require.NoError(t, env.Complete(t.TempDir()))
	c, err := New(env, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	require.NoError(t, err)
	_, err = c.http2.R().SetContext(t.Context()).Get(env.URL)
	require.ErrorIs(t, err, ErrConnectionsLost)
	assert.Greater(t, asked.Load(), int64(1))
	assert.LessOrEqual(t, asked.Load(), int64(connectionLimit))
}

// goAway answers the first request of a connection with "try another one".
func goAway(conn net.Conn, asked *atomic.Int64) {
	defer func() { _ = conn.Close() }()
	if _, err := io.ReadFull(conn, make([]byte, len(http2.ClientPreface))); err != nil {
		return
	}
	frames := http2.NewFramer(conn, conn)
	_ = frames.WriteSettings() // the client may have gone
	for {
		frame, err := frames.ReadFrame()
		if err != nil {
			return
		}
		if frame.Header().Type == http2.FrameHeaders {
			asked.Add(1)
			_ = frames.WriteGoAway(0, http2.ErrCodeNo, nil)
			return
		}
	}
}
