package ingressnginx

import (
	"testing"

	"github.com/stretchr/testify/assert"

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
