package proof

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/lsst-sqre/muster/fixtures/lanes"
)

// longest bounds an answer without an end, because a request whose client has left is not always cancelled.
const longest = time.Minute

// broken is a broken answer.
type broken func(w http.ResponseWriter, r *http.Request)

// brokenAnswers returns broken answers. No request may go to elsewhere.
func brokenAnswers(elsewhere string) []broken {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	for range 64 {
		_, _ = z.Write(make([]byte, 1<<20)) // never fails
	}
	_ = z.Close()
	flush := func(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() } // the client may have gone
	return []broken{
		func(w http.ResponseWriter, r *http.Request) { // everything that redirects
			w.Header().Set("Refresh", "0; url="+elsewhere)
			w.Header().Set("Link", "<"+elsewhere+">; rel=preload; as=fetch")
			w.Header().Set("Alt-Svc", `h2="`+strings.TrimPrefix(elsewhere, "http://")+`"`)
			http.Redirect(w, r, elsewhere+r.URL.Path, http.StatusTemporaryRedirect)
		},
		func(w http.ResponseWriter, r *http.Request) { // no end
			part := bytes.Repeat([]byte(`{"a":[`), 10<<10)
			ctx, cancel := context.WithTimeout(r.Context(), longest)
			defer cancel()
			for ctx.Err() == nil {
				if _, err := w.Write(part); err != nil {
					return
				}
			}
		},
		func(w http.ResponseWriter, r *http.Request) { // byte by byte
			tick := time.NewTicker(300 * time.Millisecond)
			defer tick.Stop()
			ctx, cancel := context.WithTimeout(r.Context(), longest)
			defer cancel()
			for ctx.Err() == nil {
				_, _ = w.Write([]byte(" "))
				flush(w)
				<-tick.C
			}
		},
		func(w http.ResponseWriter, _ *http.Request) { // a compressed bomb
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb.Bytes())
		},
		func(w http.ResponseWriter, _ *http.Request) { // less than was promised
			w.Header().Set("Content-Length", "100000")
			_, _ = w.Write([]byte(`{"schema":1,`))
		},
		func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, // reset
		func(w http.ResponseWriter, _ *http.Request) { // reset behind its head
			w.WriteHeader(http.StatusOK)
			flush(w)
			panic(http.ErrAbortHandler)
		},
		func(w http.ResponseWriter, _ *http.Request) { // a flood of header lines
			for i := range 50_000 {
				w.Header().Add("X-Flood", fmt.Sprint(i))
			}
		},
		func(w http.ResponseWriter, _ *http.Request) { // a header of 4 MiB
			w.Header().Set("X-Flood", strings.Repeat("x", 4<<20))
		},
		func(w http.ResponseWriter, _ *http.Request) { // cookies
			for i := range 100 {
				http.SetCookie(w, &http.Cookie{Name: fmt.Sprintf("c%d", i), Value: strings.Repeat("x", 4000)})
			}
		},
		func(w http.ResponseWriter, _ *http.Request) { // answers before the answer
			for range 10_000 {
				w.WriteHeader(http.StatusEarlyHints)
			}
		},
	}
}

// With broken answers the run ends by itself and does not pass. It asks no other
// server, takes no more memory than usual and leaves no token.
func TestBrokenAnswers(t *testing.T) {
	lanes.Slow(t)
	t.Parallel()
	var away, all, http2 atomic.Int64
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { away.Add(1) }))
	t.Cleanup(elsewhere.Close)
	answers := brokenAnswers(elsewhere.URL)
	d, env := behindFront(t, func(w http.ResponseWriter, r *http.Request) bool {
		probe := strings.HasPrefix(r.URL.Path, "/muster/probes/") && r.URL.Path != "/muster/probes/anonymous"
		if !probe && !(r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, "/auth/api/")) {
			return false // the suite needs these to find Muster and to make and revoke tokens
		}
		n := all.Add(1)
		switch {
		case r.ProtoMajor == 2: // there are few, so each is broken in another way
			answers[int(http2.Add(1))%len(answers)](w, r)
		case n%3 == 0:
			answers[int(n/3)%len(answers)](w, r)
		default:
			return false
		}
		return true
	})
	peak := filepath.Join(t.TempDir(), "peak")
	cmd := command(t, os.Args[0], theSuite(t), asEvents, "-env="+env, "-test.timeout=4m")
	cmd.Env = append(cmd.Environ(), "GOGC=100", peakFile+"="+peak)
	o := read(t, finish(t, cmd))
	assert.Contains(t, []int{1, 2}, o.code)
	assert.NotEqual(t, "pass", o.run.Verdict)
	assert.NotContains(t, o.stdout+o.stderr, "panic: test timed out")
	assert.Zero(t, away.Load(), "requests to another host")
	assert.Empty(t, d.Tokens())
	assert.Less(t, peakIn(t, peak), most, "KiB of memory")
	assert.Greater(t, len(o.failed()), 25, "checks that met them")
	t.Logf("%s: %d requests, %d broken ones by HTTP/2, %d checks failed, %d KiB, %d bytes of output", o.run.Verdict,
		all.Load(), http2.Load(), len(o.failed()), peakIn(t, peak), len(o.stdout+o.stderr))
}
