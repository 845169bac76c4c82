package ingressnginx

import (
	"testing"

	"github.com/stretchr/testify/assert"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/kubernetes"
)

// anonymous is a GafaelfawrIngress and what the operator makes of it (recorded).
func anonymous() (kubernetes.GafaelfawrIngress, kubernetes.Ingress) {
	var g kubernetes.GafaelfawrIngress
	g.Meta.UID = "1"
	g.Config = gafaelfawr.IngressConfig{Scopes: gafaelfawr.Scopes{Anonymous: true}}
	var i kubernetes.Ingress
	class := "nginx"
	i.Spec.IngressClassName = &class
	i.Meta.OwnerReferences = []metav1.OwnerReference{{UID: "1", Kind: "GafaelfawrIngress"}}
	i.Meta.Annotations = map[string]string{
		annotationPrefix + "auth-method": "GET",
		annotationPrefix + "auth-response-headers": "Authorization,Cookie,X-Auth-Request-Email," +
			"X-Auth-Request-Service,X-Auth-Request-Token,X-Auth-Request-User",
		annotationPrefix + "auth-url": "http://gafaelfawr.gafaelfawr.svc.cluster.local:8080/ingress/anonymous",
	}
	return g, i
}

func TestDifferences(t *testing.T) {
	t.Parallel()
	g, i := anonymous()
	assert.Empty(t, Differences(g, i, "data.example.org"))
	for annotation, want := range map[string]string{
		"auth-method":           `auth-method is "" and not GET`,
		"auth-response-headers": "auth-response-headers does not take away the client's Authorization",
		"auth-url":              `it has no auth-url (""): callers are let in without being asked for anything`,
	} {
		g, i := anonymous()
		delete(i.Meta.Annotations, annotationPrefix+annotation)
		assert.Contains(t, texts(Differences(g, i, "data.example.org")), want)
	}
	i.Meta.OwnerReferences[0].Kind = "GafaelfawrIngresses"
	const stays = "it does not belong to the GafaelfawrIngress , and stays when that is deleted"
	assert.Equal(t, []string{stays}, texts(Differences(g, i, "data.example.org")))
	i.Spec.IngressClassName = nil
	i.Meta.OwnerReferences = nil
	assert.Equal(t, []string{stays, `its ingressClassName is "" and not nginx`},
		texts(Differences(g, i, "data.example.org")))
}

func texts(all []Difference) []string {
	var list []string
	for _, d := range all {
		list = append(list, d.Text)
	}
	return list
}

// An Ingress keeps Gafaelfawr's answers for exactly as long as the resource says.
func TestDifferencesOfCacheDuration(t *testing.T) {
	t.Parallel()
	cached := func(resource, ingress, key string) []string {
		g, i := anonymous()
		g.Config.AuthCacheDuration = resource
		if ingress != "" {
			i.Meta.Annotations[annotationPrefix+"auth-cache-duration"] = ingress
			i.Meta.Annotations[annotationPrefix+"auth-cache-key"] = key
		}
		return texts(Differences(g, i, "data.example.org"))
	}
	const key = "$http_authorization$http_cookie"
	assert.Empty(t, cached("5m", "200 202 401 5m", key))
	for _, got := range [][]string{
		cached("5m", "200 202 401 10m", key), cached("5m", "200 202 401 5m", "$host"), cached("5m", "", ""),
	} {
		assert.Contains(t, got, "auth-cache-duration or auth-cache-key is not for authCacheDuration 5m")
	}
}
