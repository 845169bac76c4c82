//go:build unix

package muster

import (
	"bufio"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/muster/daemon"
)

// authenticatedRequest is a request as the ingress passes it on to the probe
// (header lines recorded: auth/valid).
const authenticatedRequest = "GET /muster/probes/authenticated HTTP/1.1\r\n" +
	"X-Auth-Request-User: bot-check-muster\r\n" +
	"X-Auth-Request-Email: check@example.org\r\n" +
	"Host: minikube.lsst.codes\r\n" +
	"X-Request-ID: 0123456789abcdef0123456789abcdef\r\n" +
	"X-Real-IP: 10.99.0.1\r\n" +
	"X-Forwarded-For: 10.99.0.1\r\n" +
	"X-Forwarded-Host: minikube.lsst.codes\r\n" +
	"X-Forwarded-Port: 443\r\n" +
	"X-Forwarded-Proto: https\r\n" +
	"X-Forwarded-Scheme: https\r\n" +
	"X-Scheme: https\r\n" +
	"User-Agent: muster-bench\r\n" +
	"Accept: */*\r\n" +
	"\r\n"

// BenchmarkHandlers compares the authenticated probe, with its log, with a bare
// net/http handler that gives the same answer.
func BenchmarkHandlers(b *testing.B) {
	server, err := New(Config{}, daemon.NewLogger(io.Discard, "", ""))
	require.NoError(b, err)
	w := httptest.NewRecorder()
	server.ServeHTTP(w, request(b))
	require.Contains(b, w.Body.String(), `"status":"pass"`)
	bare := http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) {
		maps.Copy(out.Header(), w.Header())
		_, _ = out.Write(w.Body.Bytes())
	})
	for name, h := range map[string]http.Handler{"probe": server, "bare": bare} {
		b.Run(name, func(b *testing.B) {
			s := httptest.NewServer(h)
			b.Cleanup(s.Close)
			b.ResetTimer()
			require.NoError(b, load(s.Listener.Addr().String(), b.N))
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
		})
	}
}

// BenchmarkBinary starts the command b.N times. It measures the time to the first
// answer (at most 30 ms) and, under load, the requests per second of one core and
// the memory. Python Muster answered 2,700 to 3,800 requests per second on two
// machines and took 61 to 70 MB. The goal is eight times the throughput and half
// the memory.
func BenchmarkBinary(b *testing.B) {
	const requests = 20_000
	binary := buildMuster(b)
	var first, busy time.Duration
	var resident float64
	for b.Loop() {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(b, err)
		address := l.Addr().String()
		_ = l.Close() // it was only asked for a free port
		start := time.Now()
		command := exec.Command(binary, "serve")
		command.Env = []string{"MUSTER_ADDRESS=" + address, "MUSTER_GAFAELFAWR_URL=http://127.0.0.1:1", "GOMAXPROCS=1"}
		require.NoError(b, command.Start())
		for load(address, 1) != nil {
			require.Less(b, time.Since(start), 30*time.Second, "it never answered")
		}
		first += time.Since(start)
		require.NoError(b, load(address, requests))
		resident = max(resident, memoryOf(b, command.Process.Pid, "VmHWM"))
		_ = command.Process.Signal(os.Interrupt)
		require.NoError(b, command.Wait())
		busy += command.ProcessState.UserTime() + command.ProcessState.SystemTime()
	}
	b.ReportMetric(first.Seconds()*1000/float64(b.N), "ms-to-first-answer")
	b.ReportMetric(float64(b.N)*requests/busy.Seconds(), "requests/core-s")
	b.ReportMetric(resident, "MB-resident")
	b.ReportMetric(0, "ns/op")
}

func request(b *testing.B) *http.Request {
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(authenticatedRequest)))
	require.NoError(b, err)
	return r
}

// load sends n requests over 16 connections, as many as an ingress keeps open.
func load(address string, n int) error {
	const connections = 16
	errs := make(chan error, connections)
	var all sync.WaitGroup
	for i := range min(n, connections) {
		all.Go(func() { errs <- client(address, (n+i)/connections+1) })
	}
	all.Wait()
	close(errs)
	var failed error
	for err := range errs {
		failed = errors.Join(failed, err)
	}
	return failed
}

// client does as little as possible because it shares the machine with the
// server.
func client(address string, n int) error {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	in, request := bufio.NewReader(conn), []byte(authenticatedRequest)
	for range n {
		if _, err := conn.Write(request); err != nil {
			return err
		}
		got, err := http.ReadResponse(in, nil)
		if err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, got.Body); err != nil {
			return err
		}
		if got.StatusCode != http.StatusOK {
			return errors.New(got.Status)
		}
	}
	return nil
}
