package ingressnginx

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/lsst-sqre/muster/validation/kubernetes"
)

func TestWeaknesses(t *testing.T) {
	t.Parallel()
	const asks = "http://gafaelfawr.gafaelfawr.svc.cluster.local:8080/ingress/auth?scope=read:all"
	for name, c := range map[string]struct {
		annotation, value string
		weak              bool
	}{
		"none":                     {"", "", false},
		"all must be satisfied":    {"satisfy", "all", false},
		"any suffices":             {"satisfy", "any", true},
		"the operator's key":       {"auth-cache-key", "$http_cookie$http_authorization", false},
		"a key without the caller": {"auth-cache-key", "$remote_addr", true},
		"a key without Basic":      {"auth-cache-key", "$http_cookie", true},
		"a copy":                   {"mirror-target", "https://elsewhere.example.org$request_uri", true},
		"an answer of its own":     {"auth-snippet", "return 200;", true},
		"other questions":          {"auth-proxy-set-headers", "muster/headers", true},
		"in clear":                 {"ssl-redirect", "false", true},
		"not in clear":             {"ssl-redirect", "true", false},
		"a site's own list":        {"whitelist-source-range", "10.0.0.0/8", false},
		"more cookies":             {"proxy-buffer-size", "128k", false},
	} {
		i := kubernetes.Ingress{}
		i.Meta.Annotations = map[string]string{annotationPrefix + "auth-url": asks, annotationPrefix + c.annotation: c.value}
		assert.Equal(t, c.weak, len(Weaknesses(i)) > 0, name)
		delete(i.Meta.Annotations, annotationPrefix+"auth-url")
		assert.Empty(t, Weaknesses(i), "%s, without authentication", name)
	}
}

func TestNeedlessPatterns(t *testing.T) {
	t.Parallel()
	ingress := func(name, host, path string, annotations ...string) (i kubernetes.Ingress) {
		i.Meta.Name = name
		i.Meta.Annotations = map[string]string{}
		for _, a := range annotations {
			key, value, _ := strings.Cut(a, "=")
			i.Meta.Annotations[annotationPrefix+key] = value
		}
		i.Spec.Rules = []networkingv1.IngressRule{{Host: host, IngressRuleValue: networkingv1.IngressRuleValue{
			HTTP: &networkingv1.HTTPIngressRuleValue{Paths: []networkingv1.HTTPIngressPath{{Path: path}}}}}}
		return i
	}
	home := ingress("home", "a", "/", "use-regex=true")
	for name, c := range map[string]struct {
		all  []kubernetes.Ingress
		want int
	}{
		"none":                       {[]kubernetes.Ingress{ingress("home", "a", "/")}, 0},
		"off":                        {[]kubernetes.Ingress{ingress("home", "a", "/", "use-regex=false")}, 0},
		"without a pattern":          {[]kubernetes.Ingress{home}, 1},
		"with a pattern":             {[]kubernetes.Ingress{ingress("app", "a", "/app(/|$)(.*)", "use-regex=true")}, 0},
		"beside a pattern":           {[]kubernetes.Ingress{home, ingress("app", "a", "/app(/|$)(.*)", "use-regex=true")}, 0},
		"beside one of another":      {[]kubernetes.Ingress{home, ingress("app", "b", "/app(/|$)(.*)", "use-regex=true")}, 1},
		"beside a rewrite":           {[]kubernetes.Ingress{home, ingress("app", "a", "/app", "rewrite-target=/")}, 0},
		"beside a rewrite to itself": {[]kubernetes.Ingress{home, ingress("app", "a", "/app", "rewrite-target=/app")}, 1},
	} {
		assert.Len(t, NeedlessPatterns(c.all), c.want, name)
	}
}

// force-ssl-redirect redirects whatever ssl-redirect says, by annotation or for all.
func TestForcesTLS(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		annotation, key string
		forced          bool
	}{
		"nothing":                     {},
		"the Ingress":                 {annotation: "True", forced: true},
		"all":                         {key: "true", forced: true},
		"all, and not this one":       {annotation: "false", key: "true"},
		"what the controller ignores": {annotation: "yes"},
	} {
		i, config := kubernetes.Ingress{}, kubernetes.ConfigMap{}
		i.Meta.Annotations = map[string]string{annotationPrefix + forceTLS: c.annotation,
			annotationPrefix + "ssl-redirect": "false",
			annotationPrefix + "auth-url":     "http://gafaelfawr.gafaelfawr:8080/ingress/auth?scope=read:all"}
		config.Data = map[string]string{forceTLS: c.key}
		assert.Equal(t, c.forced, ForcesTLS(i, config), name)
		assert.Equal(t, c.annotation != "True", len(Weaknesses(i)) > 0, name)
	}
}
