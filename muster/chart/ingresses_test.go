package chart_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	syaml "sigs.k8s.io/yaml"

	"github.com/lsst-sqre/muster/muster"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// ingresses are the rendered GafaelfawrIngresses by name.
func ingresses(t *testing.T, objects []manifest) map[string]gafaelfawr.Ingress {
	t.Helper()
	all := map[string]gafaelfawr.Ingress{}
	for _, m := range objects {
		if m.GetKind() != "GafaelfawrIngress" {
			continue
		}
		var g gafaelfawr.Ingress
		require.NoError(t, syaml.UnmarshalStrict(m.text, &g), m.GetName())
		require.NotContains(t, all, g.Metadata.Name, "two resources of one name")
		all[g.Metadata.Name] = g
	}
	return all
}

// wanted are the GafaelfawrIngresses of the server's table of routes.
func wanted(host, prefix, scope string, tls []gafaelfawr.IngressTLS) map[string]gafaelfawr.Ingress {
	all := map[string]gafaelfawr.Ingress{}
	for _, r := range muster.Routes(prefix, scope) {
		path := gafaelfawr.IngressPath{Path: r.Path, PathType: r.PathType}
		path.Backend.Service.Name = "muster"
		path.Backend.Service.Port.Number = 8080
		rule := gafaelfawr.IngressRule{Host: host}
		rule.HTTP.Paths = []gafaelfawr.IngressPath{path}
		all[r.Name] = gafaelfawr.Ingress{
			APIVersion: gafaelfawr.APIVersion,
			Kind:       "GafaelfawrIngress",
			Metadata:   gafaelfawr.Metadata{Name: r.Name},
			Config:     r.Config,
			Template: gafaelfawr.IngressTemplate{
				Metadata: gafaelfawr.Metadata{Name: r.Name},
				Spec:     gafaelfawr.IngressSpec{Rules: []gafaelfawr.IngressRule{rule}, TLS: tls},
			},
		}
	}
	return all
}

func TestIngressesAreTheServersRoutes(t *testing.T) {
	t.Parallel()
	const host = "minikube.lsst.codes"
	for name, c := range map[string]struct {
		values        values
		prefix, scope string
		tls           []gafaelfawr.IngressTLS
	}{
		"defaults": {"", "/muster", "exec:admin", nil},
		"prefix":   {"config: {pathPrefix: /a/check.here}", "/a/check.here", "exec:admin", nil},
		"scope":    {`config: {scope: "read:image"}`, "/muster", "read:image", nil},
		"numbers":  {`config: {scope: "12", pathPrefix: "/0"}`, "/0", "12", nil},
		"replicas": {"replicaCount: 3", "/muster", "exec:admin", nil},
		"discovery and CA": {"global: {repertoireUrl: 'https://example.org/discovery'}\nextraCA: {configMap: ca}",
			"/muster", "exec:admin", nil},
		"TLS": {"ingress: {tlsSecretName: cert}", "/muster", "exec:admin",
			[]gafaelfawr.IngressTLS{{Hosts: []string{host}, SecretName: "cert"}}},
		"validation": {validated, "/muster", "exec:admin", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ingresses(t, render(t, c.values))
			for name, g := range got {
				g.Metadata.Labels = nil
				got[name] = g
			}
			assert.Empty(t, cmp.Diff(wanted(host, c.prefix, c.scope, c.tls), got), "- the server's table, + the chart")
		})
	}
}

func TestIngressAnnotations(t *testing.T) {
	t.Parallel()
	const key = "nginx.ingress.kubernetes.io/proxy-read-timeout"
	for name, g := range ingresses(t, render(t, "ingress: {annotations: {"+key+": '20'}}")) {
		assert.Equal(t, map[string]string{key: "20"}, g.Template.Metadata.Annotations, name)
	}
}
