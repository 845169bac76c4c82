package proof

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/time/rate"

	"github.com/lsst-sqre/muster/fixtures/phalanx"
	"github.com/lsst-sqre/muster/fixtures/programs"
)

// inFront puts a handler in front of the deployment, which is next.
func inFront(answer func(next phalanx.Handler, req *phalanx.Request) *phalanx.Answer) phalanx.Options {
	o := phalanx.Defaults()
	o.Hooks.Front = append(o.Hooks.Front, func(next phalanx.Handler) phalanx.Handler {
		return func(req *phalanx.Request) *phalanx.Answer { return answer(next, req) }
	})
	return o
}

// refusal is the answer of a rate limiter.
func refusal(status int, after string) *phalanx.Answer {
	a := &phalanx.Answer{Status: status, Body: []byte("<html><title>Too fast</title></html>")}
	a.Header.Add("Content-Type", "text/html")
	if after != "" {
		a.Header.Add("Retry-After", after)
	}
	return a
}

// limited returns a deployment behind a limit on all requests.
func limited(perSecond float64, burst, status int, after string) phalanx.Options {
	limit := rate.NewLimiter(rate.Limit(perSecond), burst)
	return inFront(func(next phalanx.Handler, req *phalanx.Request) *phalanx.Answer {
		if !limit.Allow() {
			return refusal(status, after)
		}
		return next(req)
	})
}

// A limit that the suite itself provokes is no failure. The suite slows down and
// leaves no token.
func TestLimited(t *testing.T) {
	t.Parallel()
	limits := map[string]phalanx.Options{
		"40 a second with 503": limited(40, 100, http.StatusServiceUnavailable, ""),
		"40 a second with 429": limited(40, 10, http.StatusTooManyRequests, "1"),
	}
	if *soakRuns > 0 { // some minutes each
		limits["10 a second"] = limited(10, 10, http.StatusTooManyRequests, "1")
		limits["5 a second"] = limited(5, 1, http.StatusServiceUnavailable, "")
	}
	for name, o := range limits {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := deployment(t, o)
			o := runs(t, theSuite(t), "-env="+environment(t, d, localFeatures))
			assert.Zero(t, o.code, o.stdout+o.stderr)
			assert.Empty(t, o.run.Diagnoses)
			assert.Contains(t, o.stdout, "LIMITED this client is limited")
			assert.Empty(t, d.Tokens())
		})
	}
}

// With a rate in the environment file the suite stays below the limit.
func TestRate(t *testing.T) {
	t.Parallel()
	d := deployment(t, limited(30, 30, http.StatusTooManyRequests, "1"))
	o := runs(t, theSuite(t), "-env="+environment(t, d, localFeatures+"rate: 25\n"))
	assert.Zero(t, o.code, o.stdout+o.stderr)
	assert.NotContains(t, o.stdout, "LIMITED")
}

// A limit that never ends is the only cause.
func TestRefusedForGood(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	d := deployment(t, inFront(func(next phalanx.Handler, req *phalanx.Request) *phalanx.Answer {
		if n := asked.Add(1); n > 200 && n%50 != 0 {
			return refusal(http.StatusTooManyRequests, "1")
		}
		return next(req)
	}))
	o := runs(t, theSuite(t), "-env="+environment(t, d, ""), "-patience=2s", "-test.timeout=90s")
	assert.NotZero(t, o.code)
	require.NotEmpty(t, o.run.Diagnoses, o.stdout)
	assert.Contains(t, o.run.Diagnoses[0].Text, "This client is limited")
	assert.Len(t, o.run.Diagnoses, 1)
}

// Revocation goes on while requests are refused, and prints that it does. Here
// DELETE is refused until that line is printed.
func TestRevokedWithPatience(t *testing.T) {
	t.Parallel()
	for name, refuse := range map[string]func() *phalanx.Answer{
		"429": func() *phalanx.Answer { return refusal(http.StatusTooManyRequests, "") },
		"503": func() *phalanx.Answer { return refusal(http.StatusServiceUnavailable, "") },
		"502": func() *phalanx.Answer { return refusal(http.StatusBadGateway, "") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			output := new(programs.Output)
			d := deployment(t, inFront(func(next phalanx.Handler, req *phalanx.Request) *phalanx.Answer {
				if req.Method == http.MethodDelete && !strings.Contains(output.String(), "muster: revoking tokens at https") {
					return refuse()
				}
				return next(req)
			}))
			cmd := command(t, theChecks(t), asEvents, "-test.run=TestMet", "-env="+environment(t, d, ""), "-patience=2m")
			cmd.Stdout, cmd.Stderr = output, output
			o := finish(t, cmd)
			assert.Zero(t, o.code, o.stdout)
			assert.Empty(t, d.Tokens())
		})
	}
}

// The same holds if connections are lost.
func TestRevokedThoughConnectionsAreLost(t *testing.T) {
	t.Parallel()
	output := new(programs.Output)
	d, env := behindFront(t, func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodDelete && !strings.Contains(output.String(), "muster: revoking tokens at https") {
			panic(http.ErrAbortHandler)
		}
		return false
	})
	cmd := command(t, theChecks(t), asEvents, "-test.run=TestMet", "-env="+env, "-patience=2m")
	cmd.Stdout, cmd.Stderr = output, output
	o := finish(t, cmd)
	assert.Zero(t, o.code, o.stdout)
	assert.Empty(t, d.Tokens())
}

// passed counts requests at a load balancer.
var passed atomic.Int64

// atFront are healthy situations of proxies in front.
var atFront = map[string]func(next phalanx.Handler, req *phalanx.Request) *phalanx.Answer{
	"cookies of a load balancer": func(next phalanx.Handler, req *phalanx.Request) *phalanx.Answer {
		a := next(req)
		a.Header.Add("Set-Cookie", "AWSALB=abc; Expires=Tue, 01 Dec 2026 10:00:00 GMT; Path=/")
		a.Header.Add("Set-Cookie", "BIGipServer~pool=1234.5678.0000; path=/")
		return a
	},
	"ids of a load balancer": func(next phalanx.Handler, req *phalanx.Request) *phalanx.Answer {
		if req.TLS {
			req.Header.Set("X-Request-ID", fmt.Sprintf("%032x", passed.Add(1)))
			req.Header.Set("Accept-Encoding", "gzip")
		}
		return next(req)
	},
	"a network of caches that keeps nothing": func(next phalanx.Handler, req *phalanx.Request) *phalanx.Answer {
		a := next(req)
		a.Header.Add("Age", "0")
		a.Header.Add("X-Cache", "MISS")
		return a
	},
	"port 80 refuses everything": func(next phalanx.Handler, req *phalanx.Request) *phalanx.Answer {
		if req.TLS {
			return next(req)
		}
		return &phalanx.Answer{Status: http.StatusForbidden, Body: []byte("no")}
	},
	"port 80 has a page for each address": func(next phalanx.Handler, req *phalanx.Request) *phalanx.Answer {
		if req.TLS {
			return next(req)
		}
		return &phalanx.Answer{Status: http.StatusServiceUnavailable, Body: []byte("down: " + req.Target)}
	},
	"redirects with the port": func(next phalanx.Handler, req *phalanx.Request) *phalanx.Answer {
		if req.TLS {
			return next(req)
		}
		a := &phalanx.Answer{Status: http.StatusMovedPermanently}
		a.Header.Add("Location", "https://"+strings.ToUpper(phalanx.DefaultHost)+":443"+req.Target)
		return a
	},
}

func TestTrapsInFront(t *testing.T) {
	t.Parallel()
	for name, answer := range atFront {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := deployment(t, inFront(answer))
			green(t, "-env="+environment(t, d, localFeatures))
		})
	}
}

// The suite's requests use the proxy of the environment variables.
func TestProxy(t *testing.T) {
	t.Parallel()
	d := deployment(t, phalanx.Defaults())
	var tunnels atomic.Int64
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect || r.Host != phalanx.DefaultHost+":443" {
			http.Error(w, "only to the deployment", http.StatusForbidden)
			return
		}
		tunnels.Add(1)
		to, err := net.Dial("tcp", d.Address())
		if !assert.NoError(t, err) {
			return
		}
		from, _, err := http.NewResponseController(w).Hijack()
		if !assert.NoError(t, err) {
			return
		}
		_, _ = io.WriteString(from, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { _, _ = io.Copy(to, from); _ = to.Close() }()
		_, _ = io.Copy(from, to)
		_ = from.Close()
	}))
	t.Cleanup(proxy.CloseClientConnections)
	env := environment(t, d, localFeatures)
	replaceInFile(t, env, fmt.Sprintf("address: %s\n", d.Address()), "")
	replaceInFile(t, env, fmt.Sprintf("httpAddress: %s\n", d.HTTPAddress()), "")
	cmd := command(t, theSuite(t), asEvents, "-env="+env)
	cmd.Env = append(cmd.Env, "HTTPS_PROXY="+proxy.URL)
	o := read(t, finish(t, cmd))
	assert.Equal(t, []string{}, append([]string{}, o.failed()...), o.stdout)
	assert.Positive(t, tunnels.Load())
	assert.Contains(t, o.stdout, "proxy "+strings.TrimPrefix(proxy.URL, "http://"))
}

// A wrong path of Muster fails one check, which names the right path.
func TestMusterPathOfDiscovery(t *testing.T) {
	t.Parallel()
	env := environment(t, deployment(t, phalanx.Defaults()), localFeatures+"muster: {path: /mustre}\n")
	o := runs(t, theSuite(t), "-env="+env)
	require.NotEmpty(t, o.run.Diagnoses, o.stdout)
	assert.Contains(t, o.run.Diagnoses[0].Text, "lists it at https://"+phalanx.DefaultHost+"/muster. Write that path")
	assert.Contains(t, o.stdout, "write muster: {path: /muster}")
	assert.NotContains(t, o.stdout, "does not list Muster")
}
