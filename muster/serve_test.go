package muster

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestStopsGracefully(t *testing.T) {
	t.Parallel()
	g, plain := honest(), honest()
	asked, goOn := make(chan struct{}, 2), make(chan struct{})
	g.instead = func(w http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-goOn
		plain.ServeHTTP(w, r)
	}
	server, err := New(Config{GafaelfawrURL: serveTeller(t, g), Timeout: 30 * time.Second}, discard)
	require.NoError(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- server.Serve(ctx, listener, nil) }()

	s := &running{t: t, server: server, address: listener.Addr().String()}
	idle, idleIn := s.dial()
	_, err = io.WriteString(idle, sent{target: "/healthz"}.String())
	require.NoError(t, err)
	readOne(t, idleIn, "GET")
	busy, busyIn := s.dial()
	_, err = io.WriteString(busy, sent{target: "/muster/probes/delegated", lines: delegatedLines()}.String())
	require.NoError(t, err)
	<-asked
	stop()
	_, err = idleIn.ReadByte()
	assert.ErrorIs(t, err, io.EOF, "an idle connection is closed")
	eventually(t, func() bool {
		conn, err := net.Dial("tcp", s.address)
		if err == nil {
			_ = conn.Close()
		}
		return err != nil
	}, "no connection is accepted any more")
	select {
	case err := <-done:
		t.Errorf("it stopped while a request was open: %v", err)
	default:
	}
	close(goOn)
	assert.Equal(t, Pass, decodeReport(t, readOne(t, busyIn, "GET").body).Status, "an open request is answered")
	assert.NoError(t, <-done)
}

type brokenListener struct{ net.Listener }

func (brokenListener) Accept() (net.Conn, error) { return nil, errors.New("broken") }

func TestServeTellsOfABrokenListener(t *testing.T) {
	t.Parallel()
	server, err := New(Config{}, discard)
	require.NoError(t, err)
	public, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	internal, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.ErrorContains(t, server.Serve(t.Context(), brokenListener{public}, internal), "broken")
	_, err = internal.Accept()
	assert.ErrorIs(t, err, net.ErrClosed, "the other listener is closed too")
}

func TestInternalListener(t *testing.T) {
	t.Parallel()
	server, err := New(Config{GafaelfawrURL: serveTeller(t, honest()), Version: "1.2.3"}, discard)
	require.NoError(t, err)
	public, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	internal, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- server.Serve(ctx, public, internal) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-done)
	})
	s, inside := &running{
		t:       t,
		server:  server,
		address: public.Addr().String(),
	}, &running{
		t:       t,
		server:  server,
		address: internal.Addr().String(),
	}
	require.Equal(t, Pass, s.probe("authenticated", userLines()...).Status)
	require.Equal(t, Fail, s.probe("authenticated").Status)
	s.send(sent{method: "PROPFIND", target: "/nowhere/" + callerToken})
	var metrics string
	eventually(t, func() bool { // counted behind the answer
		metrics = inside.get("/metrics").body
		return len(metrics) > 0 &&
			containsLine(metrics, `muster_requests_total{method="other",route="unknown",status="404"} 1`)
	}, "the last request is counted")
	for _, line := range []string{
		`muster_build_info{name="muster",version="1.2.3"} 1`,
		`muster_requests_total{method="GET",route="probe-authenticated",status="200"} 2`,
		`muster_reports_total{probe="authenticated",status="pass"} 1`,
		`muster_reports_total{probe="authenticated",status="fail"} 1`,
		`muster_reports_total{probe="quota",status="fail"} 0`,
		`muster_check_failures_total{check="one-user",probe="authenticated"} 1`,
		`muster_request_duration_seconds_count{route="probe-authenticated"} 2`,
		`muster_requests_in_flight 0`,
	} {
		assert.True(t, containsLine(metrics, line), "%s is not in\n%s", line, metrics)
	}
	assert.NotContains(t, metrics, secretPart)
	assert.Contains(t, metrics, "process_resident_memory_bytes")
	health := inside.get("/healthz")
	assert.Equal(t, http.StatusOK, health.status)
	assert.Equal(t, http.StatusNotFound, inside.get("/muster/probes/anonymous").status)
}

func containsLine(text, line string) bool {
	for got := range strings.SplitSeq(text, "\n") {
		if got == line {
			return true
		}
	}
	return false
}
