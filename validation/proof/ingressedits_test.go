package proof

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/lsst-sqre/muster/fixtures/lanes"
	"github.com/lsst-sqre/muster/fixtures/phalanx"
	"github.com/lsst-sqre/muster/validation/kubernetes/resources"
)

var editCount = flag.Int("edits", 10, "how many edits TestEveryIngressEdit, TestEveryPlainEdit and "+
	"TestEveryAlteration each try, chosen by -seed; 0 for all")

// TestEveryIngressEdit edits one Ingress that Gafaelfawr's operator made, in one way. The
// suite notices it, each cause names that Ingress, and no failed check is left without.
func TestEveryIngressEdit(t *testing.T) {
	lanes.Slow(t)
	t.Parallel()
	for _, e := range sampleOf(t, everyIngressEdit(t, true), 2) {
		t.Run(e.String(), func(t *testing.T) {
			t.Parallel()
			o := withEdit(t, e)
			_, rest := o.run.Explanations()
			assert.Empty(t, rest, "failed checks that no cause explains")
			assert.NotEmpty(t, o.run.Diagnoses, "no cause, or nothing noticed; exit code %d", o.code)
			for _, d := range o.run.Diagnoses {
				assert.Contains(t, d.String(), e.ingress)
			}
		})
	}
}

// harmlessEdits are edits of Ingresses of charts that change nothing for users and programs,
// each with the reason. Those of one Ingress alone begin with its name.
var harmlessEdits = map[string]string{
	"satisfy any":            "without a network and an auth-url beside it, nginx has nothing to choose from",
	"auth-signin added":      "ingress-nginx reads it only beside an auth-url",
	"auth-cache-duration on": "ingress-nginx reads it only beside an auth-url",
	"enable-cors on": "pages of other sites may then read what anybody can: browsers show no answer to a request with " +
		"cookies if any origin may ask, and Gafaelfawr's cookie is SameSite=Lax",
	"no owner": "these Ingresses have none",
	homeIngress + ": configuration-snippet refuses POST": "nobody posts anything to the home page",
	homeIngress + ": proxy-body-size 1":                  "nobody sends a body to the home page",
	homeIngress + ": custom-http-errors on": "the page for an address that does not exist is another one, which a site " +
		"may want",
}

const homeIngress = "squareone/squareone"

// TestEveryPlainEdit edits an Ingress that a chart has and Gafaelfawr's operator does not know. The
// suite notices what users or programs notice. Each cause names that Ingress, or the Service of the
// same name if the Ingress is gone, and no failed check is left without.
func TestEveryPlainEdit(t *testing.T) {
	lanes.Slow(t)
	t.Parallel()
	for _, e := range sampleOf(t, everyIngressEdit(t, false), 4) {
		t.Run(e.String(), func(t *testing.T) {
			t.Parallel()
			o := withEdit(t, e)
			_, rest := o.run.Explanations()
			assert.Empty(t, rest, "failed checks that no cause explains")
			why := harmlessEdits[e.what] + harmlessEdits[e.String()]
			assert.Equal(t, why == "", len(o.run.Diagnoses) > 0, "not noticed, or noticed although it is harmless (%s): %d, %s",
				why, o.code, o.causes())
			for _, d := range o.run.Diagnoses {
				assert.Contains(t, d.String(), e.ingress)
			}
		})
	}
}

// A reason why nobody notices an edit is of an edit that there is.
func TestHarmlessEditsExist(t *testing.T) {
	t.Parallel()
	exist := map[string]bool{}
	for _, e := range everyIngressEdit(t, false) {
		exist[e.what], exist[e.String()] = true, true
	}
	for name := range harmlessEdits {
		assert.Contains(t, exist, name)
	}
}

// sampleOf returns what -edits and -seed choose.
func sampleOf[E any](t *testing.T, all []E, stream uint64) []E {
	t.Helper()
	random := rand.New(rand.NewPCG(*seed, stream))
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	t.Logf("seed %d, of %d", *seed, len(all))
	if *editCount > 0 {
		all = all[:min(len(all), *editCount)]
	}
	return all
}

// withEdit runs the suite against a deployment with the edit.
func withEdit(t *testing.T, e ingressEdit) outcome {
	t.Helper()
	options := phalanx.Defaults()
	e.seed(&options)
	d := deployment(t, options)
	a := api{d, d.Cluster()}
	return runs(t, theSuite(t), "-settle=0s", "-env="+a.env(t, a.objects, ""))
}

// ingressEdit is one thing that somebody did to one Ingress.
type ingressEdit struct {
	// ingress is namespace/name.
	ingress, what string
	// change changes the Ingress; nil removes it.
	change func(i *unstructured.Unstructured)
}

func (e ingressEdit) String() string { return e.ingress + ": " + e.what }

// seed makes the edit in a deployment before it starts.
func (e ingressEdit) seed(o *phalanx.Options) {
	o.Hooks.Objects = append(o.Hooks.Objects, func(c *phalanx.Cluster) {
		namespace, name, _ := strings.Cut(e.ingress, "/")
		if e.change == nil {
			c.Delete(resources.Ingresses, namespace, name)
			return
		}
		i := c.Get(resources.Ingresses, namespace, name)
		e.change(i)
		c.Put(resources.Ingresses, i)
	})
}

const nginxAnnotation = "nginx.ingress.kubernetes.io/"

// everyIngressEdit returns all edits of all Ingresses that the operator makes, or of all others.
func everyIngressEdit(t *testing.T, operators bool) []ingressEdit {
	t.Helper()
	d := deployment(t, phalanx.Defaults())
	var all []ingressEdit
	for _, i := range d.Cluster().List(resources.Ingresses, "") {
		if len(i.GetOwnerReferences()) > 0 != operators {
			continue
		}
		add := func(what string, change func(i *unstructured.Unstructured)) {
			all = append(all, ingressEdit{i.GetNamespace() + "/" + i.GetName(), what, change})
		}
		annotate := func(name, what, value string) {
			add(name+" "+what, func(i *unstructured.Unstructured) {
				a := maps.Clone(i.GetAnnotations())
				if a == nil {
					a = map[string]string{}
				}
				if a[nginxAnnotation+name] = value; value == "" {
					delete(a, nginxAnnotation+name)
				}
				i.SetAnnotations(a)
			})
		}
		authURLEdits(i, annotate)
		annotationEdits(i, annotate)
		specEdits(add)
		all = append(all, ingressEdit{ingress: i.GetNamespace() + "/" + i.GetName(), what: "removed"})
	}
	return all
}

func authURLEdits(i *unstructured.Unstructured, annotate func(name, what, value string)) {
	old := i.GetAnnotations()[nginxAnnotation+"auth-url"]
	if old == "" {
		return
	}
	annotate("auth-url", "removed", "")
	base, query, protected := strings.Cut(old, "?")
	if !protected {
		annotate("auth-url", "to auth", strings.Replace(old, "anonymous", "auth?scope=exec:admin", 1))
		return
	}
	annotate("auth-url", "to anonymous", strings.TrimSuffix(base, "auth")+"anonymous")
	annotate("auth-url", "to an old path", strings.TrimSuffix(base, "/ingress/auth")+"/auth?"+query)
	parts := strings.Split(query, "&")
	for n, part := range parts {
		name, value, _ := strings.Cut(part, "=")
		without := slices.Delete(slices.Clone(parts), n, n+1)
		annotate("auth-url", fmt.Sprintf("without %s", part), base+"?"+strings.Join(without, "&"))
		other := map[string]string{"scope": "read:all", "minimum_lifetime": "400", "satisfy": "all", "auth_type": "bearer",
			"delegate_scope": "read:tap"}[name]
		if other == "" && value != "true" && value != "false" {
			other = "other"
		}
		if other != "" {
			changed := slices.Clone(parts)
			changed[n] = name + "=" + url.QueryEscape(other)
			annotate("auth-url", fmt.Sprintf("%s=%s for %s", name, other, value),
				base+"?"+strings.ReplaceAll(strings.Join(changed, "&"), "%3A", ":"))
		}
	}
	for _, more := range []string{"scope=read:all", "satisfy=any", "notebook=true", "username=somebody",
		"only_service=other", "use_authorization=true", "allow_options=true", "auth_type=basic", "user_domain=true",
		"allow_cookies=false", "minimum_lifetime=3600"} {
		if name, _, _ := strings.Cut(more, "="); !strings.Contains("&"+query, "&"+name+"=") {
			annotate("auth-url", "with "+more, old+"&"+more)
		}
	}
}

func annotationEdits(i *unstructured.Unstructured, annotate func(name, what, value string)) {
	old := i.GetAnnotations()
	if headers := old[nginxAnnotation+"auth-response-headers"]; headers != "" {
		annotate("auth-response-headers", "removed", "")
		for name := range strings.SplitSeq(headers, ",") {
			kept := slices.DeleteFunc(strings.Split(headers, ","), func(h string) bool { return h == name })
			annotate("auth-response-headers", "without "+name, strings.Join(kept, ","))
		}
		annotate("auth-method", "POST", "POST")
	}
	if old[nginxAnnotation+"auth-signin"] != "" {
		annotate("auth-signin", "removed", "")
		annotate("auth-signin", "elsewhere", "https://other.example.org/login")
	} else {
		annotate("auth-signin", "added", "https://"+phalanx.DefaultHost+"/login")
	}
	snippet := old[nginxAnnotation+"configuration-snippet"]
	if snippet != "" {
		annotate("configuration-snippet", "removed", "")
	}
	lines := strings.SplitAfter(snippet, "\n")
	for n, line := range lines {
		if snippet != "" && line != "" {
			annotate("configuration-snippet", "without "+strings.TrimSpace(line),
				strings.Join(slices.Delete(slices.Clone(lines), n, n+1), ""))
		}
	}
	annotate("configuration-snippet", "answers itself", snippet+"return 204;\n")
	annotate("configuration-snippet", "refuses POST", snippet+"if ($request_method = POST) { return 405; }\n")
	annotate("satisfy", "any", "any")
	annotate("proxy-body-size", "1", "1")
	annotate("rewrite-target", "elsewhere", "/other")
	annotate("enable-cors", "on", "true")
	annotate("whitelist-source-range", "another", "192.0.2.0/24")
	annotate("auth-cache-duration", "on", "200 202 401 1h")
	annotate("custom-http-errors", "on", "401,403,404")
}

func specEdits(add func(what string, change func(i *unstructured.Unstructured))) {
	rule := func(i *unstructured.Unstructured) map[string]any {
		rules, _, _ := unstructured.NestedSlice(i.Object, "spec", "rules")
		return rules[0].(map[string]any)
	}
	path := func(r map[string]any) map[string]any {
		return r["http"].(map[string]any)["paths"].([]any)[0].(map[string]any)
	}
	changed := func(what string, change func(rule, path map[string]any)) {
		add(what, func(i *unstructured.Unstructured) {
			r := rule(i)
			change(r, path(r))
			_ = unstructured.SetNestedSlice(i.Object, []any{r}, "spec", "rules") // they were there
		})
	}
	service := func(p map[string]any) map[string]any {
		return p["backend"].(map[string]any)["service"].(map[string]any)
	}
	changed("service of another name", func(_, p map[string]any) { service(p)["name"] = "other" })
	changed("port of another name", func(_, p map[string]any) { service(p)["port"] = map[string]any{"name": "other"} })
	changed("port of another number", func(_, p map[string]any) {
		service(p)["port"] = map[string]any{"number": int64(81)}
	})
	changed("another path", func(_, p map[string]any) { p["path"] = p["path"].(string) + "x" })
	changed("another pathType", func(_, p map[string]any) {
		p["pathType"] = map[bool]string{true: "Prefix", false: "Exact"}[p["pathType"] == "Exact"]
	})
	changed("another host", func(r, _ map[string]any) { r["host"] = "other." + phalanx.DefaultHost })
	changed("no host", func(r, _ map[string]any) { delete(r, "host") })
	add("another class", func(i *unstructured.Unstructured) {
		_ = unstructured.SetNestedField(i.Object, "other", "spec", "ingressClassName")
	})
	add("tls of another host", func(i *unstructured.Unstructured) {
		_ = unstructured.SetNestedSlice(i.Object, []any{map[string]any{"hosts": []any{"other.example.org"}}}, "spec", "tls")
	})
	add("no owner", func(i *unstructured.Unstructured) { i.SetOwnerReferences(nil) })
}
