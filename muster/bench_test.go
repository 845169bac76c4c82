//go:build unix

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
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/lsst-sqre/muster/muster/daemon"
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
// net/http handler that gives the same answer, header lines included, over the
// same kind of TCP connections, in turns within one run. The metric ratio is the probe's
// throughput as a part of the bare handler's; at least 0.8 is wanted. Client and
// servers share the processors, so the client's own work is part of it: once
// with Go's HTTP client, once with hardly any client at all.
func BenchmarkProbeAgainstBareHandler(b *testing.B) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer null.Close()
	log := daemon.NewLogger(null, "INFO", "production") // as the command has it
	server, err := New(Config{GafaelfawrURL: "http://127.0.0.1:1"}, log)
	if err != nil {
		b.Fatal(err)
	}
	probe := listen(b, func(l net.Listener) error { return server.Serve(b.Context(), l, nil) })
	header, answer := answerOf(b, probe)
	bare := listen(b, func(l net.Listener) error {
		h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			for _, line := range header {
				w.Header().Set(line[0], line[1])
			}
			_, _ = w.Write(answer)
		})
		return (&http.Server{Handler: h, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0)}).Serve(l)
	})
	for _, c := range []struct {
		name   string
		client func(address string, n int) error
	}{{"net-http-client", libraryClient}, {"raw-client", rawClient}} {
		b.Run(c.name, func(b *testing.B) {
			const slice = 800 // requests before the other has its turn
			var took, busy [2]time.Duration
			var ratios []float64
			done := 0
			for ; done < b.N; done += slice {
				var now [2]time.Duration
				for i, address := range []string{probe, bare} {
					before := processorTime(b)
					now[i] = load(b, c.client, address, slice)
					busy[i] += processorTime(b) - before
					took[i] += now[i]
				}
				ratios = append(ratios, now[1].Seconds()/now[0].Seconds())
			}
			slices.Sort(ratios)
			b.ReportMetric(float64(done)/took[0].Seconds(), "probe-requests/s")
			b.ReportMetric(float64(done)/took[1].Seconds(), "bare-requests/s")
			// The median, and the ratio of processor time: others may use the machine.
			b.ReportMetric(ratios[len(ratios)/2], "ratio")
			b.ReportMetric(busy[1].Seconds()/busy[0].Seconds(), "processor-ratio")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkBinary builds the command, starts it b.N times and measures how long
// it takes to its first answer (at most 30 ms wanted), and the most memory that
// it held under load (at most 25 MB wanted).
func BenchmarkBinary(b *testing.B) {
	binary := buildMuster(b)
	var first time.Duration
	var resident float64
	n := 0
	for b.Loop() {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		address := l.Addr().String()
		_ = l.Close() // it was only asked for a free port
		start := time.Now()
		command := exec.Command(binary, "serve")
		command.Env = []string{"MUSTER_ADDRESS=" + address, "MUSTER_GAFAELFAWR_URL=http://127.0.0.1:1"}
		if err := command.Start(); err != nil {
			b.Fatal(err)
		}
		for rawClient(address, 1) != nil {
			if time.Since(start) > 30*time.Second {
				b.Fatal("it never answered")
			}
		}
		first += time.Since(start)
		if n++; n == 1 {
			load(b, rawClient, address, 50_000)
			resident = memoryOf(b, command.Process.Pid, "VmHWM")
		}
		_ = command.Process.Signal(os.Interrupt)
		if err := command.Wait(); err != nil {
			b.Fatalf("it did not stop as it should: %v", err)
		}
	}
	b.ReportMetric(first.Seconds()*1000/float64(n), "ms-to-first-answer")
	b.ReportMetric(resident, "MB-resident")
	b.ReportMetric(0, "ns/op")
}

// processorTime that this process has used.
func processorTime(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
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
func load(b *testing.B, client func(string, int) error, address string, n int) time.Duration {
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

// libraryClient asks as a Go program does.
func libraryClient(address string, n int) error {
	request, err := http.ReadRequest(bufio.NewReader(strings.NewReader(authenticatedRequest)))
	if err != nil {
		return err
	}
	request.URL.Scheme, request.URL.Host, request.RequestURI = "http", address, ""
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	for range n {
		got, err := transport.RoundTrip(request)
		if err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, got.Body); err != nil {
			return err
		}
		_ = got.Body.Close() // read to its end
		if got.StatusCode != http.StatusOK {
			return errors.New(got.Status)
		}
	}
	return nil
}

// rawClient is as little of a client as possible, so that the servers are
// measured.
func rawClient(address string, n int) error {
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

// answerOf is what the probe answers: header lines, without Date, and body.
func answerOf(b *testing.B, address string) (header [][2]string, body []byte) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, authenticatedRequest); err != nil {
		b.Fatal(err)
	}
	got, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		b.Fatal(err)
	}
	defer got.Body.Close()
	if body, err = io.ReadAll(got.Body); err != nil {
		b.Fatal(err)
	}
	if !bytes.Contains(body, []byte(`"status":"pass"`)) {
		b.Fatalf("the probe does not pass: %s", body)
	}
	for name := range got.Header {
		if name != "Date" {
			header = append(header, [2]string{name, got.Header.Get(name)})
		}
	}
	return header, body
}
