package proof

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/lsst-sqre/muster/fixtures/faults"
	"github.com/lsst-sqre/muster/fixtures/phalanx"
	"github.com/lsst-sqre/muster/validation/kubernetes/resources"
)

// The hosts of a deployment with a second login.
const (
	worldHost = "minikube.lsst.codes"
	subdomain = "nb." + worldHost
)

// otherLogin is a deployment with oauth2-proxy beside Gafaelfawr and with a
// certificate for a subdomain.
func otherLogin() phalanx.Options {
	o := phalanx.Defaults()
	o.Certificate.Names = []string{worldHost, subdomain}
	o.Applications = append(o.Applications, phalanx.Application{Service: "oauth2/oauth2-proxy", Path: "/oauth2",
		Handle: func(r *phalanx.Request) *phalanx.Answer {
			status := http.StatusOK
			if strings.HasPrefix(r.Target, "/oauth2/auth") {
				status = http.StatusUnauthorized
			}
			return &phalanx.Answer{
				Status: status,
				Header: phalanx.Header{{"Content-Type", "text/plain"}},
				Body:   []byte("oauth2-proxy"),
			}
		}})
	return o
}

const (
	prefix   = `"nginx.ingress.kubernetes.io/`
	askScope = prefix + `auth-url":"http://gafaelfawr.gafaelfawr.svc.cluster.local:8080/ingress/auth?scope=exec:admin"`
)

// ingressJSON returns an Ingress to Muster. more are additional members of its
// spec.
func ingressJSON(class, host, path, annotations, more string) string {
	return `{"metadata":{"annotations":{` + annotations + `}},"spec":{"ingressClassName":"` + class + `",` + more +
		`"rules":[{"host":"` + host +
		`","http":{"paths":[{"path":"` + path +
		`","pathType":"ImplementationSpecific","backend":{"service":{"name":"muster","port":{"name":"http"}}}}]}}]}}`
}

// TestIngressTraps runs the checks of Kubernetes with healthy Ingresses of real
// deployments.
func TestIngressTraps(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, otherLogin())
	const env = argocdKeys +
		"open: [argocd/argocd-server, gafaelfawr/gafaelfawr, squareone/squareone, oauth2/oauth2-proxy]\n"
	const internal = `{"apiVersion":"networking.k8s.io/v1","kind":"IngressClass","metadata":{"name":"internal"},` +
		`"spec":{"controller":"example.org/internal"}}`
	for name, trap := range map[string]struct{ ingress, class, remark string }{
		"a canary of the home page": {
			ingress: ingressJSON("nginx", worldHost, "/", prefix+`canary":"true",`+prefix+`canary-weight":"10"`, ""),
		},
		"a canary whose annotation is spelled otherwise": {
			ingress: ingressJSON("nginx", worldHost, "/", prefix+`canary":"True",`+prefix+`canary-by-header":"x"`, ""),
		},
		"a class of a cloud": {
			ingress: `{"metadata":{"annotations":{"kubernetes.io/ingress.class":"gce"}},
				"spec":{"rules":[{"host":"other.example.org","http":{"paths":[{"path":"/","pathType":"Prefix","backend":{
				"service":{"name":"muster","port":{"name":"http"}}}}]}}]},
				"status":{"loadBalancer":{"ingress":[{"ip":"192.0.2.7"}]}}}`,
			remark: "remark: not judged: 1 Ingresses",
		},
		"a class of a cloud that has no address yet": {
			ingress: `{"metadata":{"annotations":{"kubernetes.io/ingress.class":"gce"}},
				"spec":{"rules":[{"host":"other.example.org","http":{"paths":[{"path":"/","pathType":"Prefix","backend":{
				"service":{"name":"muster","port":{"name":"http"}}}}]}}]}}`,
			remark: "remark: not judged: 1 Ingresses",
		},
		"TLS is forced without a certificate of its own": {ingress: ingressJSON("nginx", subdomain, "/",
			askScope+","+prefix+`force-ssl-redirect":"true",`+prefix+`ssl-redirect":"false"`, "")},
		"a challenge for a host of no Ingress": {
			ingress: `{"metadata":{"ownerReferences":[{"apiVersion":"acme.cert-manager.io/v1","kind":"Challenge","name":"x",
				"uid":"x"}]},"spec":{"ingressClassName":"nginx","rules":[{"host":"extra.example.org","http":{"paths":[{
				"path":"/.well-known/acme-challenge/x","pathType":"Exact","backend":{"service":{"name":"muster",
				"port":{"name":"http"}}}}]}}]}}`,
		},
		"a class of another controller": {ingress: ingressJSON("internal", worldHost, "/", "", ""), class: internal,
			remark: "remark: not judged: 1 Ingresses of classes that belong to other controllers"},
		"oauth2-proxy": {ingress: ingressJSON("nginx", worldHost, "/tools",
			prefix+`auth-url":"https://$host/oauth2/auth",`+prefix+
				`auth-signin":"https://$host/oauth2/start?rd=$escaped_request_uri"`, ""),
			remark: "that it refuses callers without credentials is verified by asking"},
		"a login whose URL has no path": {ingress: ingressJSON("nginx", worldHost, "/tools",
			prefix+`auth-url":"https://$host/oauth2/auth",`+prefix+`auth-signin":"https://$host?rm=$request_method"`, "")},
		"a password": {
			ingress: ingressJSON("nginx", worldHost, "/uws", prefix+`auth-type":"basic",`+prefix+`auth-secret":"passwords"`, ""),
		},
		"patterns of Nublado": {ingress: ingressJSON("nginx", worldHost, "/nublado/spawner/v1/labs/.*/create",
			askScope+","+prefix+`use-regex":"true"`, "")},
		"a pattern of the portal": {ingress: ingressJSON("nginx", worldHost, "/portal/app(/admin.*)",
			askScope+","+prefix+`use-regex":"true"`, "")},
		"a host below": {ingress: ingressJSON("nginx", subdomain, "/", askScope, `"tls":[{"hosts":["`+subdomain+`"]}],`)},
		"a further name": {ingress: ingressJSON("nginx", worldHost, "/tools", askScope+","+
			prefix+`server-alias":"`+subdomain+`"`, "")},
		"tls without hosts": {ingress: ingressJSON("nginx", subdomain, "/", askScope, `"tls":[{"secretName":"some"}],`)},
		"a list of addresses of a site": {ingress: ingressJSON("nginx", worldHost, "/tools",
			askScope+","+prefix+`whitelist-source-range":"10.0.0.0/8"`, ""),
			remark: "has whitelist-source-range, which Phalanx never sets"},
		"pages of other sites may ask": {ingress: ingressJSON("nginx", worldHost, "/tools",
			askScope+","+prefix+`enable-cors":"true"`, ""), remark: "has enable-cors, which Phalanx never sets"},
		"error pages of a site": {ingress: ingressJSON("nginx", worldHost, "/tools",
			askScope+","+prefix+`custom-http-errors":"404,503"`, "")},
		"a rewrite of Phalanx": {ingress: ingressJSON("nginx", worldHost, "/grafana(/|$)(.*)",
			askScope+","+prefix+`rewrite-target":"/$2"`, "")},
		"an old path that a snippet redirects": {ingress: ingressJSON("nginx", worldHost, "/tools",
			askScope+","+prefix+`configuration-snippet":"if ($request_uri = /tools) { return 301 /tools/; }"`, "")},
		"a guarded default backend": {ingress: `{"metadata":{"annotations":{` + askScope +
			`}},"spec":{"ingressClassName":"nginx",
			"defaultBackend":{"service":{"name":"muster","port":{"name":"http"}}}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			if trap.class != "" {
				w.add(t, resources.IngressClasses, trap.class)
			}
			w.edit(t, faults.Edit{Resource: resources.Ingresses, Object: "muster/trap", Add: trap.ingress})
			o := runs(t, theSuite(t), "-test.run="+clusterChecks(t), "-test.v", "-settle=0s", "-env="+w.env(t, "admin", env))
			assert.Equal(t, "pass", o.run.Verdict, o.stdout+o.stderr)
			assert.Contains(t, o.stdout, trap.remark)
		})
	}
}

// rulesJSON are the rules of an Ingress with paths to one Service, each with its type.
func rulesJSON(service string, paths ...[2]string) string {
	var all []string
	for _, p := range paths {
		all = append(all, `{"path":"`+p[0]+`","pathType":"`+p[1]+`","backend":{"service":{"name":"`+service+
			`","port":{"number":8080}}}}`)
	}
	return `"rules":[{"host":"` + worldHost + `","http":{"paths":[` + strings.Join(all, ",") + `]}}]`
}

// TestChartIngressTraps runs the suite with healthy Ingresses of charts that are not as those of
// the local deployment.
func TestChartIngressTraps(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, otherLogin())
	const env = argocdKeys +
		"open: [argocd/argocd-server, gafaelfawr/gafaelfawr, gafaelfawr/gafaelfawr-login, squareone/squareone, " +
		"squareone/squareone-files, oauth2/oauth2-proxy]\n"
	const own, home = "gafaelfawr/gafaelfawr", "squareone/squareone"
	edit := func(id, patch string) faults.Edit {
		return faults.Edit{Resource: resources.Ingresses, Object: id, Patch: patch}
	}
	add := func(id, rules string) faults.Edit {
		return faults.Edit{Resource: resources.Ingresses, Object: id,
			Add: `{"spec":{"ingressClassName":"nginx",` + rules + `}}`}
	}
	annotated := func(id, annotations string) []faults.Edit {
		return []faults.Edit{edit(id, `{"metadata":{"annotations":{`+annotations+`}}}`)}
	}
	for name, edits := range map[string][]faults.Edit{
		"an Ingress of its own for the login": {
			edit(own, `{"spec":{`+rulesJSON("gafaelfawr", [2]string{"/auth", "Prefix"})+`}}`),
			add("gafaelfawr/gafaelfawr-login",
				rulesJSON("gafaelfawr", [2]string{"/login", "Prefix"}, [2]string{"/logout", "Exact"})),
		},
		"more paths of Gafaelfawr's": {edit(own, `{"spec":{`+rulesJSON("gafaelfawr", [2]string{"/auth", "Prefix"},
			[2]string{"/login", "Exact"}, [2]string{"/logout", "Exact"}, [2]string{"/.well-known/jwks.json", "Exact"})+`}}`)},
		"files of the home page elsewhere": {
			edit(home, `{"spec":{`+rulesJSON("squareone", [2]string{"/", "Exact"})+`}}`),
			add("squareone/squareone-files", rulesJSON("squareone", [2]string{"/_next", "Prefix"})),
		},
		"a redirect, larger bodies and other pages for outages": annotated(own,
			prefix+`configuration-snippet":"if ($request_uri = /auth/old) { return 301 /auth/; }",`+
				prefix+`proxy-body-size":"10m",`+prefix+`custom-http-errors":"502,503"`),
		"a network that has the suite":          annotated(home, prefix+`whitelist-source-range":"127.0.0.0/8,::1/128"`),
		"pages of the site for what is missing": annotated(home, prefix+`custom-http-errors":"404"`),
		"bodies without a limit":                annotated("argocd/argocd-server", prefix+`proxy-body-size":"0"`),
	} {
		t.Run(name, func(t *testing.T) {
			for _, e := range edits {
				w.edit(t, e)
			}
			o := runs(t, theSuite(t), "-test.v", "-settle=0s", "-env="+w.env(t, "admin", env))
			assert.Equal(t, "pass", o.run.Verdict, o.stdout+o.stderr)
		})
	}
}
