// Package notifytest has receivers of notifications for tests.
package notifytest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// SecretPath is the part of a webhook's URL that lets its holder write.
const SecretPath = "/services/TEAM0/HOOK0/s3cr3ts3cr3ts3cr3t"

// Receiver is the other side of a webhook. It uses each of its answers once, in
// order. Then, and for a nil answer, it accepts.
type Receiver struct {
	*httptest.Server
	t       *testing.T
	mu      sync.Mutex
	Answers []http.HandlerFunc
	// accepted are the texts that were acknowledged, Tries all requests.
	accepted []string
	Tries    int
	News     chan struct{}
}

// NewReceiver starts a receiver with these answers, one for each request. It
// accepts later requests.
func NewReceiver(t *testing.T, answers ...http.HandlerFunc) *Receiver {
	t.Helper()
	r := &Receiver{t: t, Answers: answers, News: make(chan struct{}, 100)}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	var got map[string]string
	if assert.NoError(r.t, err) {
		assert.NoError(r.t, json.Unmarshal(body, &got))
	}
	assert.Equal(r.t, "POST "+SecretPath, req.Method+" "+req.URL.Path)
	assert.Equal(r.t, "application/json", req.Header.Get("Content-Type"))
	r.mu.Lock()
	r.Tries++
	var answer http.HandlerFunc
	if len(r.Answers) > 0 {
		answer, r.Answers = r.Answers[0], r.Answers[1:]
	}
	if answer == nil {
		r.accepted = append(r.accepted, got["text"])
	}
	r.mu.Unlock()
	if answer != nil {
		answer(w, req)
	}
	r.News <- struct{}{}
}

// Texts returns the accepted messages in their order.
func (r *Receiver) Texts() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string{}, r.accepted...)
}

// Status answers with a status and headers: names and values in turn.
func Status(code int, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(code)
	}
}

// Cut ends the connection without an answer.
func Cut(w http.ResponseWriter, _ *http.Request) {
	if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
		_ = conn.Close()
	}
}

// SecretFile writes a file with a secret, and returns its path.
func SecretFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "url")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return file
}

// Take returns the next value, or fails the test after a while.
func Take[T any](t *testing.T, from <-chan T) (value T) {
	t.Helper()
	select {
	case value = <-from:
	case <-time.After(20 * time.Second):
		require.FailNow(t, "nothing came")
	}
	return value
}

// SentryEvent is the part of Sentry's protocol that tests read.
type SentryEvent struct {
	Level, Message, Environment, Release string
	ServerName                           string `json:"server_name"`
	Fingerprint                          []string
	Tags                                 map[string]string
	Contexts                             map[string]map[string]any
	Modules, Extra, User, Breadcrumbs    any
}

// SentryServer takes envelopes: lines of JSON, of which the third is the event.
type SentryServer struct {
	*httptest.Server
	mu     sync.Mutex
	answer int
	Events []SentryEvent
	Raw    bytes.Buffer
}

// NewSentryServer starts a Sentry that answers every event with a status.
func NewSentryServer(t *testing.T, answer int) *SentryServer {
	t.Helper()
	s := &SentryServer{answer: answer}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		assert.Equal(t, "POST /api/42/envelope/", r.Method+" "+r.URL.Path)
		assert.Contains(t, r.Header.Get("X-Sentry-Auth"), "sentry_key=s3cr3tkey")
		s.mu.Lock()
		defer s.mu.Unlock()
		lines := bufio.NewScanner(bytes.NewReader(body))
		lines.Buffer(nil, 1<<20)
		for n := 0; lines.Scan(); n++ {
			if n < 2 {
				continue // the envelope's own head holds the DSN
			}
			s.Raw.Write(lines.Bytes())
			var e SentryEvent
			if assert.NoError(t, json.Unmarshal(lines.Bytes(), &e)) {
				s.Events = append(s.Events, e)
			}
		}
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(s.answer)
	}))
	t.Cleanup(s.Close)
	return s
}

// DSN returns the DSN of the server's project.
func (s *SentryServer) DSN() string {
	return strings.Replace(s.URL, "http://", "http://s3cr3tkey@", 1) + "/42\n"
}

// Scrape returns a collector's metrics without comments. Each line begins after
// muster_validation_.
func Scrape(t *testing.T, m prometheus.Collector) string {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(m)
	answer := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{ErrorHandling: promhttp.PanicOnError}).
		ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	require.Equal(t, 200, answer.Code)
	problems, err := promlint.New(strings.NewReader(answer.Body.String())).Lint()
	require.NoError(t, err)
	assert.Empty(t, problems)
	var lines []string
	for line := range strings.Lines(answer.Body.String()) {
		if !strings.HasPrefix(line, "#") {
			lines = append(lines, strings.TrimPrefix(strings.TrimSpace(line), "muster_validation_"))
		}
	}
	return strings.Join(lines, "\n")
}
