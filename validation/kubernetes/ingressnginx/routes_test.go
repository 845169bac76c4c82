package ingressnginx

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/kubernetes"
)

func TestPaths(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		path, kind string
		regex      bool
		want       []string
	}{
		{"/a", "Exact", false, []string{"/a"}},
		{"/a", "Prefix", false, []string{"/a", "/a/muster-sweep"}},
		{"/", "Prefix", false, []string{"/", "/muster-sweep"}},
		{
			"/.well-known/a.json", "ImplementationSpecific", true,
			[]string{"/.well-known/a.json", "/.well-known/a.json/muster-sweep"},
		},
		{"/a(/|$)(.*)", "ImplementationSpecific", true, []string{"/a/", "/a/muster-sweep", "/a"}},
		{"/a/app/(.+)", "ImplementationSpecific", true, []string{"/a/app/m", "/a/app/muster-sweep"}},
		{"/a/[0-9]+", "ImplementationSpecific", true, []string{"/a/1"}},
		{"/nublado/spawner/v1/labs/.*/create", "Prefix", true, []string{"/nublado/spawner/v1/labs/muster-sweep/create"}},
		{"/portal/app(/admin.*)", "Prefix", true, []string{"/portal/app/admin", "/portal/app/adminmuster-sweep"}},
		{`/rog(ue)/x\.y`, "Prefix", true, []string{"/rogue/x.y"}},
		{"/a{2}(b|cd)?", "Prefix", true, []string{"/aa", "/aab", "/aacd"}},
		{"/a/(", "ImplementationSpecific", true, nil},
		{"/(?!a)b", "Prefix", true, nil},
	} {
		assert.Equal(t, c.want, Route{Path: c.path, PathType: c.kind, regex: c.regex}.Paths(), c.path)
	}
}

func TestHosts(t *testing.T) {
	t.Parallel()
	for host, ours := range map[string]bool{
		"gafaelfawr.gafaelfawr": true, "gafaelfawr.gafaelfawr.svc": true, "gafaelfawr.gafaelfawr.svc.cluster.local": true,
		"gafaelfawr.gafaelfawr.svc.k8s.internal": true, "gafaelfawr.gafaelfawr.svc.evil.example": false,
		"gafaelfawr.gafaelfawr.example.local": false, "gafaelfawr.other.svc.cluster.local": false, "evil.example": false,
		"": false,
	} {
		assert.Equal(t, ours, IsGafaelfawr(host), host)
	}
	for host, service := range map[string]string{"a.b": "b/a", "a.b.svc": "b/a", "a.b.svc.cluster.local": "b/a",
		"a.b.svc.example.org": "", "a.example.org": "", "localhost": ""} {
		assert.Equal(t, service, ServiceOf(host), host)
	}
}

// routes returns the routes of Ingresses in YAML.
func routes(t *testing.T, protected []kubernetes.GafaelfawrIngress, text ...string) []Route {
	t.Helper()
	var all []kubernetes.Ingress
	for _, one := range text {
		var i kubernetes.Ingress
		require.NoError(t, yaml.UnmarshalStrict([]byte(one), &i), one)
		all = append(all, i)
	}
	return Routes(all, protected)
}

func ingressAt(name, path, annotations, more string) string {
	return `{kind: Ingress, metadata: {namespace: x, name: ` + name + `, annotations: {` + annotations + `}` + more +
		`}, spec: {
		ingressClassName: nginx, rules: [{host: h, http: {paths: [{path: "` + path +
		`", pathType: Prefix, backend: {service: {name: s}}}]}}]}}`
}

const nginx = "nginx.ingress.kubernetes.io/"

// No annotation or label of an Ingress hides an open path.
func TestAccess(t *testing.T) {
	t.Parallel()
	const anonymous = nginx + `auth-url: "http://gafaelfawr.gafaelfawr.svc.cluster.local:8080/ingress/anonymous"`
	g := kubernetes.GafaelfawrIngress{Config: gafaelfawr.IngressConfig{Scopes: gafaelfawr.Scopes{Anonymous: true}}}
	require.NoError(
		t,
		yaml.Unmarshal(
			[]byte(`{kind: GafaelfawrIngress, metadata: {namespace: x, name: g, uid: "1"}, template: {spec: {
		rules: [{host: h, http: {paths: [{path: /a, pathType: Prefix, backend: {service: {name: s}}}]}}]}}}`),
			&g,
		),
	)
	const owned = `, ownerReferences: [{apiVersion: a, kind: GafaelfawrIngress, name: g, uid: "1"}]`
	for _, c := range []struct {
		path, annotations, more string
		want                    Access
	}{
		{"/a", anonymous, owned, Anonymous},
		{"/b", anonymous, owned, Unguarded},
		{"/a", anonymous, "", Unguarded},
		{"/a", nginx + `auth-url: "http://evil.example/ingress/anonymous"`, "", Guarded},
		{"/a", nginx + "auth-type: basic", "", Unguarded},
		{"/a", nginx + "auth-type: basic, " + nginx + "auth-secret: s", "", Guarded},
		{"/a", nginx + "auth-tls-secret: s", "", Guarded},
		{"/a", nginx + `auth-tls-secret: s, ` + nginx + `auth-tls-verify-client: "off"`, "", Unguarded},
		{"/a", "", `, labels: {muster.lsst.io/canary: x}`, Unguarded},
	} {
		all := routes(t, []kubernetes.GafaelfawrIngress{g}, ingressAt("i", c.path, c.annotations, c.more))
		require.Len(t, all, 1)
		assert.Equal(t, c.want, all[0].Access, "%s %s", c.path, c.annotations)
	}
}

func TestRoutesOfNginx(t *testing.T) {
	t.Parallel()
	all := routes(t, nil, ingressAt("canary", "/a", nginx+`canary: "true"`, ""),
		ingressAt("main", "/a", nginx+`server-alias: "i,j"`, ""),
		`{kind: Ingress, metadata: {namespace: x, name: rest}, spec: {defaultBackend: {service: {name: d}}}}`,
		ingressAt("regex", "/p(/.*)", nginx+`use-regex: "true"`, ""))
	require.Len(t, all, 3)
	assert.Equal(t, "Ingress x/main, path /a", all[0].String())
	assert.Equal(t, []string{"i", "j"}, all[0].Aliases)
	assert.Equal(t, "Ingress x/regex", all[0].Patterns)
	assert.Equal(t, "Ingress x/regex, path /p(/.*)", all[1].String())
	assert.Equal(
		t,
		Route{Object: all[2].Object, Path: "/", PathType: "Prefix", Service: "x/d", Access: Unguarded, NoAuthURL: true,
			Implied: true},
		all[2],
	)
}

// A path that resembles an open one but belongs to a guarded one is requested.
func TestNeighbours(t *testing.T) {
	t.Parallel()
	guarded := Route{Host: "h", Path: "/api/hips", PathType: "Prefix", Access: Guarded}
	open := Route{Host: "h", Path: "/api/hips/v2/list", PathType: "Exact", Access: Anonymous}
	home := Route{Host: "h", Path: "/", PathType: "Prefix", Access: Unguarded}
	assert.Equal(t, []string{"/api/hips/v2/list-muster-sweep", "/api/hips/V2/LIST"},
		open.Neighbours([]Route{guarded, open, home}))
	assert.Empty(t, open.Neighbours([]Route{open, home}))
	assert.Empty(t, home.Neighbours([]Route{guarded, open, home}))
}

func TestExpand(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "https://h/a?rd=$b", Expand("https://${host}/a?rd=$b", map[string]string{"host": "h"}))
}
