package proof

import (
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/lsst-sqre/muster/fixtures/lanes"
	"github.com/lsst-sqre/muster/fixtures/phalanx"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// TestEveryAlteration alters one of Muster's own GafaelfawrIngresses in one way, and
// Gafaelfawr's operator follows: the Ingress agrees with it. The suite notices it, each
// cause names that GafaelfawrIngress, and no failed check is left without.
func TestEveryAlteration(t *testing.T) {
	lanes.Slow(t)
	t.Parallel()
	for _, a := range sampleOf(t, everyAlteration(), 3) {
		t.Run(a.String(), func(t *testing.T) {
			t.Parallel()
			options := phalanx.Defaults()
			a.seed(&options)
			d := deployment(t, options)
			o := runs(t, theSuite(t), "-settle=0s", "-env="+api{d, d.Cluster()}.env(t, d.Cluster(), ""))
			_, rest := o.run.Explanations()
			var left []string
			for _, c := range rest {
				left = append(left, c.Name+" "+c.Found())
			}
			assert.Empty(t, left, "failed checks that no cause explains")
			assert.NotEmpty(t, o.run.Diagnoses, "no cause, or nothing noticed; exit code %d", o.code)
			for _, d := range o.run.Diagnoses {
				assert.Contains(t, d.String(), "muster/"+a.resource, "%v", o.failed())
			}
		})
	}
}

// alteration is one thing that somebody did to one GafaelfawrIngress.
type alteration struct {
	resource, what string
	// change changes the resource; nil removes it.
	change func(g *gafaelfawr.Ingress)
}

func (a alteration) String() string { return a.resource + ": " + a.what }

// seed makes the alteration before Gafaelfawr's operator starts.
func (a alteration) seed(o *phalanx.Options) {
	at := slices.IndexFunc(o.Ingresses, func(g gafaelfawr.Ingress) bool { return g.Metadata.Name == a.resource })
	if a.change == nil {
		o.Ingresses = slices.Delete(o.Ingresses, at, at+1)
		return
	}
	var own gafaelfawr.Ingress // a probe and its page share parts of their configuration
	raw, err := json.Marshal(o.Ingresses[at])
	if err == nil {
		err = json.Unmarshal(raw, &own)
	}
	if err != nil {
		panic(err)
	}
	a.change(&own)
	o.Ingresses[at] = own
}

// everyAlteration returns all alterations of Muster's own GafaelfawrIngresses that Gafaelfawr's
// operator accepts.
func everyAlteration() []alteration {
	var all []alteration
	for _, g := range phalanx.Defaults().Ingresses {
		add := func(what string, change func(g *gafaelfawr.Ingress)) {
			all = append(all, alteration{g.Metadata.Name, what, change})
		}
		config := func(what string, change func(c *gafaelfawr.IngressConfig)) {
			changed := phalanx.Defaults().Ingresses[slices.IndexFunc(phalanx.Defaults().Ingresses,
				func(o gafaelfawr.Ingress) bool { return o.Metadata.Name == g.Metadata.Name })].Config
			if change(&changed); !reflect.DeepEqual(changed, g.Config) {
				add(what, func(g *gafaelfawr.Ingress) { change(&g.Config) })
			}
		}
		if g.Config.Scopes.Anonymous {
			config("guarded", func(c *gafaelfawr.IngressConfig) { c.Scopes = gafaelfawr.Scopes{All: []string{"exec:admin"}} })
		} else {
			scopeAlterations(config)
			callerAlterations(g.Config, config)
			delegateAlterations(config)
		}
		templateAlterations(g.Config.Scopes.Anonymous || g.Config.AllowCookies != nil, add)
		add("removed", nil)
	}
	return all
}

type changeConfig = func(what string, change func(c *gafaelfawr.IngressConfig))

func scopeAlterations(config changeConfig) {
	config("anonymous", func(c *gafaelfawr.IngressConfig) {
		*c = gafaelfawr.IngressConfig{Scopes: gafaelfawr.Scopes{Anonymous: true}}
	})
	config("no scope", func(c *gafaelfawr.IngressConfig) { c.Scopes = gafaelfawr.Scopes{All: []string{}} })
	config("another scope", func(c *gafaelfawr.IngressConfig) { c.Scopes = gafaelfawr.Scopes{All: []string{"read:all"}} })
	config("one scope more", func(c *gafaelfawr.IngressConfig) { c.Scopes.All = append(c.Scopes.All, "read:image") })
	config("any of its scopes", func(c *gafaelfawr.IngressConfig) {
		if len(c.Scopes.All) > 0 {
			c.Scopes = gafaelfawr.Scopes{Any: append(c.Scopes.All, "read:image")}
		}
	})
	config("all of its scopes", func(c *gafaelfawr.IngressConfig) {
		if c.Scopes.Any != nil {
			c.Scopes = gafaelfawr.Scopes{All: c.Scopes.Any}
		}
	})
}

func callerAlterations(old gafaelfawr.IngressConfig, config changeConfig) {
	basic, cookieless := old.AuthType == "basic", old.AllowCookies != nil
	if !basic && !cookieless {
		config("loginRedirect", func(c *gafaelfawr.IngressConfig) { c.LoginRedirect = !c.LoginRedirect })
	}
	if !old.LoginRedirect {
		config("authType", func(c *gafaelfawr.IngressConfig) { c.AuthType = map[bool]string{false: "basic"}[basic] })
		config("allowCookies", func(c *gafaelfawr.IngressConfig) {
			if c.AllowCookies = new(false); cookieless {
				c.AllowCookies = nil
			}
		})
	}
	config("userDomain", func(c *gafaelfawr.IngressConfig) { c.UserDomain = !c.UserDomain })
	config("allowOptions", func(c *gafaelfawr.IngressConfig) { c.AllowOptions = !c.AllowOptions })
	config("username", func(c *gafaelfawr.IngressConfig) { c.Username = "somebody" })
	config("no username", func(c *gafaelfawr.IngressConfig) { c.Username = "" })
	config("onlyServices", func(c *gafaelfawr.IngressConfig) { c.OnlyServices = []string{"portal"} })
	config("onlyServices muster", func(c *gafaelfawr.IngressConfig) { c.OnlyServices = []string{"muster"} })
	config("no onlyServices", func(c *gafaelfawr.IngressConfig) { c.OnlyServices = nil })
	config("no service", func(c *gafaelfawr.IngressConfig) { c.Service = "" })
	config("authCacheDuration", func(c *gafaelfawr.IngressConfig) { c.AuthCacheDuration = "5m" })
	config("another service", func(c *gafaelfawr.IngressConfig) {
		if c.Service = "portal"; c.Delegate != nil && c.Delegate.Internal != nil {
			c.Delegate.Internal.Service = "portal"
		}
	})
	if old.Delegate == nil {
		config("service with a quota", func(c *gafaelfawr.IngressConfig) { c.Service = "muster-quota" })
	}
}

func delegateAlterations(config changeConfig) {
	config("no delegate", func(c *gafaelfawr.IngressConfig) { c.Delegate = nil })
	config("delegate of a notebook", func(c *gafaelfawr.IngressConfig) {
		c.Delegate = &gafaelfawr.Delegate{Notebook: &struct{}{}}
	})
	config("delegate internal", func(c *gafaelfawr.IngressConfig) {
		c.Delegate = &gafaelfawr.Delegate{Internal: &gafaelfawr.InternalToken{Service: c.Service, Scopes: []string{}}}
	})
	config("delegate with a scope", func(c *gafaelfawr.IngressConfig) {
		c.Delegate = &gafaelfawr.Delegate{
			Internal: &gafaelfawr.InternalToken{Service: c.Service, Scopes: []string{"read:tap"}}}
	})
	for _, lifetime := range []int{0, 1800, 7200} {
		config("minimumLifetime "+strconv.Itoa(lifetime), func(c *gafaelfawr.IngressConfig) {
			if c.Delegate != nil {
				c.Delegate.MinimumLifetime = lifetime
			}
		})
	}
	config("useAuthorization", func(c *gafaelfawr.IngressConfig) {
		if c.Delegate != nil {
			c.Delegate.UseAuthorization = !c.Delegate.UseAuthorization
		}
	})
}

func templateAlterations(anywhere bool, add func(what string, change func(g *gafaelfawr.Ingress))) {
	path := func(g *gafaelfawr.Ingress) *gafaelfawr.IngressPath { return &g.Template.Spec.Rules[0].HTTP.Paths[0] }
	if anywhere { // elsewhere the operator refuses cookies
		add("another host", func(g *gafaelfawr.Ingress) { g.Template.Spec.Rules[0].Host = "other." + phalanx.DefaultHost })
	}
	add("another path", func(g *gafaelfawr.Ingress) { path(g).Path += "x" })
	add("another pathType", func(g *gafaelfawr.Ingress) {
		path(g).PathType = map[bool]string{true: "Prefix", false: "Exact"}[path(g).PathType == "Exact"]
	})
	add("backend of another name", func(g *gafaelfawr.Ingress) { path(g).Backend.Service.Name = "other" })
	add("backend of another port", func(g *gafaelfawr.Ingress) {
		path(g).Backend.Service.Port.Name, path(g).Backend.Service.Port.Number = "", 81
	})
	add("tls of another host", func(g *gafaelfawr.Ingress) {
		g.Template.Spec.TLS = []gafaelfawr.IngressTLS{{Hosts: []string{"other.example.org"}, SecretName: "other"}}
	})
	for _, a := range [][2]string{
		{"satisfy", "any"}, {"proxy-body-size", "1"}, {"rewrite-target", "/other"}, {"enable-cors", "true"},
		{"whitelist-source-range", "192.0.2.0/24"}, {"custom-http-errors", "401,403,404"}, {"proxy-read-timeout", "20"},
		{"configuration-snippet", "return 204;\n"},
		{"configuration-snippet", "if ($request_method = POST) { return 405; }\n"},
	} {
		add(a[0]+" "+strings.ReplaceAll(a[1], ",", " "), func(g *gafaelfawr.Ingress) {
			g.Template.Metadata.Annotations = map[string]string{nginxAnnotation + a[0]: a[1]}
		})
	}
}

// TestChartOfOtherValues has a Muster whose chart got other values, and one of another
// release. Their GafaelfawrIngresses are no fault.
func TestChartOfOtherValues(t *testing.T) {
	lanes.Slow(t)
	t.Parallel()
	for name, c := range map[string]struct {
		change       func(o *phalanx.Options)
		keys, remark string
	}{
		"all that the values decide": {keys: "scope: read:image\nmuster: {path: /apps/muster}\n",
			change: func(o *phalanx.Options) {
				o.Muster.Scope, o.Muster.PathPrefix = "read:image", "/apps/muster"
				o.Ingresses = phalanx.MusterIngresses(o.Host, o.Muster.PathPrefix, o.Muster.Scope)
				o.Applications[1] = phalanx.Repertoire(o.Host, o.Muster.PathPrefix)
				for i := range o.Ingresses {
					template := &o.Ingresses[i].Template
					template.Metadata.Annotations = map[string]string{nginxAnnotation + "proxy-read-timeout": "90"}
					template.Spec.TLS = []gafaelfawr.IngressTLS{{Hosts: []string{o.Host}, SecretName: "tls"}}
				}
			}},
		"other spellings of defaults": {change: func(o *phalanx.Options) {
			for i := range o.Ingresses {
				if c := &o.Ingresses[i].Config; !c.Scopes.Anonymous && c.AllowCookies == nil {
					c.AllowCookies = new(true)
				}
			}
		}},
		"another release": {remark: "is not as this suite's release writes it", change: func(o *phalanx.Options) {
			olderMuster(o)
			alteration{"muster-page-notebook", "", func(g *gafaelfawr.Ingress) { g.Config.Service = "" }}.seed(o)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := phalanx.Defaults()
			c.change(&options)
			d := deployment(t, options)
			env := api{d, d.Cluster()}.env(t, d.Cluster(), "")
			replaceInFile(t, env, "url: ", c.keys+"url: ")
			o := runs(t, theSuite(t), "-test.run=^(TestMuster.*|TestOperator.*|TestScope)$", "-settle=0s", "-env="+env)
			assert.Equal(t, "pass", o.run.Verdict, o.stdout+o.stderr)
			assert.Contains(t, o.stdout, c.remark)
		})
	}
}
