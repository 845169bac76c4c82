package proof

import (
	"encoding/json"
	"io"
	"net"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/lsst-sqre/muster/fixtures/phalanx"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/kubernetes/resources"
)

// trap is a healthy situation that must not turn a run red.
type trap struct {
	change func(o *phalanx.Options)
	// env is additional YAML for the environment file; args are flags of the
	// suite.
	env  string
	args []string
}

// traps are healthy situations that a hasty check takes for a fault. All have a
// private authority. TestTwoRunsAtOnce has two runs at once.
var traps = map[string]trap{
	"shuffled":  {args: []string{"-test.shuffle=on"}},
	"one":       {args: []string{"-test.parallel=1"}},
	"sixteen":   {args: []string{"-test.parallel=16"}},
	"no quotas": {env: "features: []\n", change: func(o *phalanx.Options) { o.Gafaelfawr.Quota = nil }},
	"bots without anything but a name": {env: "features: [quota]\n", change: func(o *phalanx.Options) {
		o.Gafaelfawr.Directory = nil
	}},
	"clock five seconds ahead": {change: func(o *phalanx.Options) {
		o.Now = func() time.Time { return time.Now().Add(5 * time.Second) }
	}},
	"clock five seconds behind": {change: func(o *phalanx.Options) {
		o.Now = func() time.Time { return time.Now().Add(-5 * time.Second) }
	}},
	"redirect to HTTPS with 301": {change: clients(func(p phalanx.RequestContext, a *phalanx.Answer) {
		if !p.Request.TLS && a.Status == 308 {
			a.Status = 301
		}
	})},
	"redirects of other codes": {change: clients(func(p phalanx.RequestContext, a *phalanx.Answer) {
		if other := map[string]int{"/login": 302, "/logout": 303}[p.Path]; a.Status == 307 && other != 0 {
			a.Status = other
		}
	})},
	"no Strict-Transport-Security": {change: func(o *phalanx.Options) { o.Nginx["hsts"] = "false" }},
	"a path that remembers who was let in": {
		env: localFeatures +
			"protected: [{path: /muster/auth/fail, scope: 'exec:admin', authCacheDuration: 5m, harmless: true}]\n",
		change: func(o *phalanx.Options) {
			for i := range o.Ingresses {
				if o.Ingresses[i].Metadata.Name == "muster-auth" {
					o.Ingresses[i].Config.AuthCacheDuration = "5m"
				}
			}
		},
	},
	"certificate of six days": {change: func(o *phalanx.Options) {
		o.Certificate.NotBefore, o.Certificate.NotAfter = time.Now().Add(-96*time.Hour), time.Now().Add(48*time.Hour)
	}},
	"older Gafaelfawr": {change: func(o *phalanx.Options) { o.Gafaelfawr.Version = "14.0.0" }},
	"newer Gafaelfawr": {change: func(o *phalanx.Options) {
		o.Gafaelfawr.Version = "16.0.0"
		inJSON(o, "", func(v map[string]any) { v["unknown"] = map[string]any{"new": true} })
		inJSON(o, "/user-info", func(v map[string]any) {
			if quota, ok := v["quota"].(map[string]any); ok {
				quota["disk"] = map[string]any{"home": 10}
			}
		})
		newHeader(o, "X-Auth-Request-Groups")
	}},
	"answers of other proxies": {change: clients(func(_ phalanx.RequestContext, a *phalanx.Answer) {
		a.Header.Add("Via", "1.1 proxy")
		a.Header.Add("Alt-Svc", `h3=":443"`)
	})},
	"hosts below are the deployment's": {env: localFeatures, change: func(o *phalanx.Options) {
		o.Gafaelfawr.AllowSubdomains = true
	}},
	"hosts below are the deployment's, and declared": {
		env:    localFeatures + "gafaelfawr: {allowSubdomains: true}\n",
		change: func(o *phalanx.Options) { o.Gafaelfawr.AllowSubdomains = true },
	},
	"a host that is no user's name": {change: func(o *phalanx.Options) {
		o.Host = "2.lsst.codes"
		o.Ingresses = phalanx.MusterIngresses(o.Host, o.Muster.PathPrefix, o.Muster.Scope)
		o.Applications[1] = phalanx.Repertoire(o.Host, o.Muster.PathPrefix)
		o.Gafaelfawr.LoginURL = strings.ReplaceAll(o.Gafaelfawr.LoginURL, phalanx.DefaultHost, o.Host)
	}},
	"Muster's first question about each token is lost": {change: losingQuestions},
	"older Muster":                 {change: olderMuster},
	"200 ms more for every answer": {change: func(o *phalanx.Options) { *o = late(200 * time.Millisecond) }},
}

// losingQuestions loses Muster's first request about each token, which does not
// pass the ingress.
func losingQuestions(o *phalanx.Options) {
	var known sync.Map
	o.Hooks.Gafaelfawr = append(o.Hooks.Gafaelfawr, func(next phalanx.Handler) phalanx.Handler {
		return func(r *phalanx.Request) *phalanx.Answer {
			token := r.Header.Get(gafaelfawr.HeaderAuthorization)
			if strings.HasSuffix(r.Target, "/token-info") && !r.Header.Has("X-Forwarded-For") {
				if _, before := known.LoadOrStore(token, true); !before {
					return &phalanx.Answer{Status: 503}
				}
			}
			return next(r)
		}
	})
}

// TestTraps runs the suite in situations that are healthy.
func TestTraps(t *testing.T) {
	t.Parallel()
	for name, trap := range traps {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := phalanx.Defaults()
			if trap.change != nil {
				trap.change(&options)
			}
			env := trap.env
			if env == "" {
				env = localFeatures
			}
			d := deployment(t, options)
			green(t, append(trap.args, "-env="+environment(t, d, env))...)
			assert.Empty(t, d.Tokens())
		})
	}
}

func green(t *testing.T, args ...string) {
	t.Helper()
	o := runs(t, theSuite(t), args...)
	assert.Zero(t, o.code, o.stdout+o.stderr)
	assert.Equal(t, "pass", o.run.Verdict)
}

// A second run finds used quotas, taken names and revoked tokens of the first.
func TestRunAfterRun(t *testing.T) {
	t.Parallel()
	env := environment(t, deployment(t, phalanx.Defaults()), localFeatures)
	for range 2 {
		green(t, "-env="+env)
	}
}

// A pod of Gafaelfawr that ends during a run closes its idle connections, and
// another pod takes over.
func TestRestartDuringRun(t *testing.T) {
	t.Parallel()
	options := phalanx.Defaults()
	p := newProxy(t)
	options.Backends[phalanx.GafaelfawrService] = p.address
	d := deployment(t, options)
	p.lead(d.GafaelfawrAddress(), 20)
	green(t, "-env="+environment(t, d, localFeatures))
	p.mu.Lock()
	defer p.mu.Unlock()
	assert.Positive(t, p.closed)
}

// olderMuster lacks the newest probes and their Ingresses.
func olderMuster(o *phalanx.Options) {
	isNew := func(name string) bool {
		return slices.ContainsFunc([]string{"-all-scopes", "-any-scope", "-user-domain"},
			func(end string) bool { return strings.HasSuffix(name, end) })
	}
	o.Ingresses = slices.DeleteFunc(o.Ingresses, func(i gafaelfawr.Ingress) bool { return isNew(i.Metadata.Name) })
	clients(func(p phalanx.RequestContext, a *phalanx.Answer) {
		switch {
		case p.Request.Target == "/muster/openapi.json":
			a.Body = regexp.MustCompile(`,\s*"all-scopes",\s*"any-scope",\s*"user-domain"`).ReplaceAll(a.Body, nil)
		case isNew("-" + path.Base(p.Request.Target)):
			a.Status, a.Body = 404, []byte(`{"detail":"Not Found"}`)
		}
	})(o)
}

// clients changes the answers to clients.
func clients(change func(p phalanx.RequestContext, a *phalanx.Answer)) func(*phalanx.Options) {
	return func(o *phalanx.Options) { o.Hooks.ClientAnswer = append(o.Hooks.ClientAnswer, change) }
}

// inJSON changes the JSON objects in Gafaelfawr's answers if the target has the
// suffix.
func inJSON(o *phalanx.Options, ending string, change func(map[string]any)) {
	o.Hooks.Gafaelfawr = append(o.Hooks.Gafaelfawr, func(next phalanx.Handler) phalanx.Handler {
		return func(req *phalanx.Request) *phalanx.Answer {
			a := next(req)
			var v map[string]any
			if !strings.HasSuffix(req.Target, ending) || json.Unmarshal(a.Body, &v) != nil {
				return a
			}
			change(v)
			if body, err := json.Marshal(v); err == nil {
				a.Body = body
			}
			return a
		}
	})
}

// newHeader is an additional header with a user's name.
func newHeader(o *phalanx.Options, name string) {
	o.Hooks.AuthAnswer = append(o.Hooks.AuthAnswer, func(_ phalanx.RequestContext, a *phalanx.Answer) {
		if a.Header.Has("X-Auth-Request-User") {
			a.Header.Add(strings.ToLower(name), "g_users")
		}
	})
	o.Hooks.Objects = append(o.Hooks.Objects, func(c *phalanx.Cluster) {
		for _, i := range c.List(resources.Ingresses, "") {
			const key = "nginx.ingress.kubernetes.io/auth-response-headers"
			if names, found, _ := unstructured.NestedString(i.Object, "metadata", "annotations", key); found {
				annotations := i.GetAnnotations()
				annotations[key] = names + "," + name
				i.SetAnnotations(annotations)
				c.Put(resources.Ingresses, i)
			}
		}
	})
}

// proxy forwards to a server and can close connections.
type proxy struct {
	address string
	mu      sync.Mutex
	to      string
	every   int
	answers int
	closed  int
}

// newProxy starts a proxy without a target.
func newProxy(t *testing.T) *proxy {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, l.Close()) })
	p := &proxy{address: l.Addr().String()}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return // the test is over
			}
			go p.serve(conn)
		}
	}()
	return p
}

// lead sets the target and the number of answers after which a connection is
// closed.
func (p *proxy) lead(to string, every int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.to, p.every = to, every
}

func (p *proxy) target() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.to
}

// serve forwards everything. It closes a connection after a whole answer when
// turn says so.
func (p *proxy) serve(client net.Conn) {
	defer func() { _ = client.Close() }() // both ends are done with it
	server, err := net.Dial("tcp", p.target())
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	go func() { _, _ = io.Copy(server, client); _ = server.Close() }()
	buffer := make([]byte, 1<<20)
	for {
		n, err := server.Read(buffer)
		if n > 0 {
			if _, err := client.Write(buffer[:n]); err != nil {
				return
			}
			if p.turn(buffer[:n]) {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// turn reports whether to close the connection now. Gafaelfawr writes an answer
// at once, and it ends with its JSON.
func (p *proxy) turn(answer []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.Contains([]byte("}]"), answer[len(answer)-1]) {
		return false
	}
	p.answers++
	if p.every == 0 || p.answers%p.every != 0 {
		return false
	}
	p.closed++
	return true
}

// An environment without Muster whose paths may not be requested with a scope is healthy.
func TestTrapNothingHarmless(t *testing.T) {
	t.Parallel()
	env := environment(t, deployment(t, phalanx.Defaults()),
		"muster: {deployed: none}\nprotected: [{path: /muster/auth/fail, scope: 'exec:admin'}]\n")
	o := runs(t, theSuite(t), "-env="+env)
	assert.Zero(t, o.code, o.stdout+o.stderr)
	assert.NotContains(t, o.stdout, "panicked")
}
