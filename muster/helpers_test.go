package muster

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/programs"
	"github.com/lsst-sqre/muster/muster/daemon"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

const (
	callerToken    = "gt-ca11erca11erca11erca1A.s3cr3ts3cr3ts3cr3ts3cA"
	delegatedToken = "gt-de1egatede1egatede1egA.s3cr3ts3cr3ts3cr3ts3cQ"
	// secretPart is in both and must be in no answer and no log line.
	secretPart = "s3cr3ts3cr3ts3cr3ts3c"
	user       = "bot-check-muster"
	email      = "check@example.org"
)

var discard = slog.New(slog.DiscardHandler)

// sent is a request as the ingress passes it on. Nil lines are the caller's.
type sent struct {
	method, target string
	lines          [][2]string
	body           string
}

func (r sent) String() string {
	if r.method == "" {
		r.method = "GET"
	}
	var b strings.Builder
	b.WriteString(r.method + " " + r.target + " HTTP/1.1\r\nHost: minikube.lsst.codes\r\n")
	for _, l := range r.lines {
		b.WriteString(l[0] + ": " + l[1] + "\r\n")
	}
	return b.String() + "\r\n" + r.body
}

// running is a server on a socket with its log.
type running struct {
	t       testing.TB
	server  *Server
	address string
	log     *programs.Output
}

func start(t testing.TB, cfg Config) *running {
	t.Helper()
	out := new(programs.Output)
	cfg.LogLevel = "DEBUG"
	server, err := New(cfg, daemon.NewLogger(out, cfg.LogLevel, cfg.LogProfile))
	require.NoError(t, err)
	return startServer(t, server, out)
}

func startServer(t testing.TB, server *Server, out *programs.Output) *running {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.Serve(ctx, listener, nil) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-done)
	})
	return &running{t, server, listener.Addr().String(), out}
}

// dial opens a raw connection with a deadline, so that no test hangs.
func (s *running) dial() (net.Conn, *bufio.Reader) {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.address)
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = conn.Close() })
	require.NoError(s.t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	return conn, bufio.NewReader(conn)
}

// answer is an answer with its body.
type answer struct {
	status int
	header http.Header
	body   string
	close  bool
}

func readOne(t testing.TB, in *bufio.Reader, method string) answer {
	t.Helper()
	got, err := tryReadOne(in, method)
	require.NoError(t, err)
	return got
}

func tryReadOne(in *bufio.Reader, method string) (answer, error) {
	got, err := http.ReadResponse(in, &http.Request{Method: method})
	if err != nil {
		return answer{}, err
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	return answer{got.StatusCode, got.Header, string(body), got.Close}, err
}

func (s *running) send(r sent) answer {
	s.t.Helper()
	got, err := s.try(r)
	require.NoError(s.t, err)
	return got
}

// try is send for requests after which the server may close the connection.
func (s *running) try(r sent) (answer, error) {
	s.t.Helper()
	conn, in := s.dial()
	defer conn.Close()
	if _, err := io.WriteString(conn, r.String()); err != nil {
		return answer{}, err
	}
	return tryReadOne(in, r.method)
}

func (s *running) get(target string, lines ...[2]string) answer {
	s.t.Helper()
	return s.send(sent{target: target, lines: lines})
}

// probe visits a probe and returns its report.
func (s *running) probe(name string, lines ...[2]string) Report {
	s.t.Helper()
	return s.report(sent{target: "/muster/probes/" + name, lines: lines})
}

func (s *running) report(r sent) Report {
	s.t.Helper()
	got := s.send(r)
	require.Equal(s.t, http.StatusOK, got.status, got.body)
	require.Equal(s.t, "application/json", got.header.Get("Content-Type"))
	return decodeReport(s.t, got.body)
}

func decodeReport(t testing.TB, body string) Report {
	t.Helper()
	var report Report
	decoder := json.NewDecoder(strings.NewReader(body))
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(&report), body)
	require.NotContains(t, body, secretPart)
	return report
}

// outcome returns the outcome of a check of the report. A missing check fails the
// test.
func outcome(t testing.TB, r Report, name string) Check {
	t.Helper()
	for _, c := range r.Checks {
		if c.Name == name {
			return c
		}
	}
	require.Failf(t, "no such check", "%s is not among %v", name, r.Checks)
	return Check{}
}

// failing are the names of the checks that failed, in order.
func failing(r Report) []string {
	var names []string
	for _, c := range r.Checks {
		if c.Outcome == Fail {
			names = append(names, c.Name)
		}
	}
	return names
}

func userLines() [][2]string {
	return [][2]string{{"X-Auth-Request-User", user}, {"X-Auth-Request-Email", email}}
}

func delegatedLines() [][2]string {
	return append(userLines(), [2]string{"X-Auth-Request-Token", delegatedToken})
}

// teller stands in for Gafaelfawr. It gives the configured answers.
type teller struct {
	user  gafaelfawr.UserInfo
	token gafaelfawr.TokenInfo
	// instead, if set, answers everything.
	instead http.HandlerFunc
}

func honest() *teller {
	uid, gid := 90001, 90002
	token, err := gafaelfawr.ParseToken(delegatedToken)
	if err != nil {
		panic(err)
	}
	return &teller{
		user: gafaelfawr.UserInfo{
			Username: user,
			Name:     "Check Muster",
			Email:    email,
			UID:      &uid,
			GID:      &gid,
			Groups: []gafaelfawr.Group{
				{Name: "g_users", ID: 90001},
			},
			Quota: &gafaelfawr.Quota{API: map[string]int{"muster-quota": 1}},
		},
		token: gafaelfawr.TokenInfo{
			Key:      token.Key(),
			Username: user,
			Type:     gafaelfawr.TypeInternal,
			Scopes:   []string{},
			Service:  ServiceName,
			Parent:   "ca11erca11erca11erca1A",
			Created:  gafaelfawr.Time{Time: time.Now()},
			Expires:  gafaelfawr.Time{Time: time.Now().Add(2 * time.Hour)},
		},
	}
}

// honestTo is honest about a token of another service.
func honestTo(service string) *teller {
	g := honest()
	g.token.Service = service
	return g
}

func (g *teller) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if g.instead != nil {
		g.instead(w, r)
		return
	}
	if r.URL.Path == "/auth/openapi.json" {
		daemon.WriteJSON(w, http.StatusOK, map[string]any{"info": map[string]any{"version": "15.4.1"}})
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+delegatedToken {
		daemon.WriteDetail(w, http.StatusUnauthorized, "Token is not valid")
		return
	}
	switch r.URL.Path {
	case "/auth/api/v1/user-info":
		daemon.WriteJSON(w, http.StatusOK, g.user)
	case "/auth/api/v1/token-info":
		daemon.WriteJSON(w, http.StatusOK, g.token)
	default:
		daemon.WriteDetail(w, http.StatusNotFound, "Not Found")
	}
}

// serveTeller starts it and returns the URL of its API.
func serveTeller(t testing.TB, g *teller) string {
	t.Helper()
	server := httptest.NewUnstartedServer(g)
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	server.Start()
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL + "/auth/api/v1"
}

// eventually waits until ok holds.
func eventually(t testing.TB, ok func() bool, what string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); <-time.After(time.Millisecond) {
		require.True(t, time.Now().Before(deadline), "it never came to pass that %s", what)
	}
}
