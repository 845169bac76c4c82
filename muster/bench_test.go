package muster

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// connections is how many a load uses at once: what an ingress keeps open.
const connections = 16

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

// BenchmarkProbeAgainstBareHandler compares the authenticated probe with a bare
// net/http handler that gives the same bytes, over the same kind of TCP
// connections, in turns within one run. The metric ratio is the probe's
// throughput as a part of the bare handler's; at least 0.8 is wanted.
func BenchmarkProbeAgainstBareHandler(b *testing.B) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer null.Close()
	log := NewLogger(Config{}, NewLogBuffer(null)) // a write for every access line, as in production
	server, err := New(Config{GafaelfawrURL: "http://127.0.0.1:1"}, log)
	if err != nil {
		b.Fatal(err)
	}
	probe := listen(b, func(l net.Listener) error { return server.Serve(b.Context(), l, nil) })
	answer := answerOf(b, probe)
	bare := listen(b, func(l net.Listener) error {
		h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(answer)
		})
		return (&http.Server{Handler: h, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0)}).Serve(l)
	})
	const slice = 2000 // requests before the other has its turn
	var took [2]time.Duration
	for done := 0; done < b.N; done += slice {
		for i, address := range []string{probe, bare} {
			took[i] += load(b, address, slice)
		}
	}
	rounds := float64((b.N + slice - 1) / slice * slice)
	b.ReportMetric(rounds/took[0].Seconds(), "probe-requests/s")
	b.ReportMetric(rounds/took[1].Seconds(), "bare-requests/s")
	b.ReportMetric(took[1].Seconds()/took[0].Seconds(), "ratio")
	b.ReportMetric(0, "ns/op")
}

func listen(b *testing.B, serve func(net.Listener) error) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = l.Close() })
	go func() {
		if err := serve(l); err != nil && !errors.Is(err, net.ErrClosed) {
			b.Error(err)
		}
	}()
	return l.Addr().String()
}

// load sends n requests over several connections and returns how long it took.
func load(b *testing.B, address string, n int) time.Duration {
	start := time.Now()
	var all sync.WaitGroup
	for range connections {
		all.Go(func() {
			if err := client(address, n/connections); err != nil {
				b.Error(err)
			}
		})
	}
	all.Wait()
	return time.Since(start)
}

// client is as little of a client as possible, so that the servers are measured.
func client(address string, n int) error {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	in, request := bufio.NewReaderSize(conn, 8<<10), []byte(authenticatedRequest)
	for range n {
		if _, err := conn.Write(request); err != nil {
			return err
		}
		if _, err := readAnswer(in, io.Discard); err != nil {
			return err
		}
	}
	return nil
}

var contentLength = []byte("content-length:")

// readAnswer reads one answer, checks its status and copies its body.
func readAnswer(in *bufio.Reader, body io.Writer) (int64, error) {
	length := -1
	for first := true; ; first = false {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		if first && !bytes.HasPrefix(line, []byte("HTTP/1.1 200 ")) {
			return 0, fmt.Errorf("the answer begins with %q", line)
		}
		if len(line) <= 2 {
			break
		}
		if len(line) > len(contentLength) && bytes.EqualFold(line[:len(contentLength)], contentLength) {
			if length, err = strconv.Atoi(strings.TrimSpace(string(line[len(contentLength):]))); err != nil {
				return 0, err
			}
		}
	}
	if length < 0 {
		return 0, errors.New("the answer has no length")
	}
	return io.CopyN(body, in, int64(length))
}

func answerOf(b *testing.B, address string) []byte {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, authenticatedRequest); err != nil {
		b.Fatal(err)
	}
	var body bytes.Buffer
	if _, err := readAnswer(bufio.NewReader(conn), &body); err != nil {
		b.Fatal(err)
	}
	if !bytes.Contains(body.Bytes(), []byte(`"status":"pass"`)) {
		b.Fatalf("the probe does not pass: %s", body.String())
	}
	return body.Bytes()
}
