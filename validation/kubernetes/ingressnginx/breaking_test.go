package ingressnginx

import (
	"testing"

	"github.com/stretchr/testify/assert"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/lsst-sqre/muster/validation/kubernetes"
)

// guardedAt is an Ingress that asks Gafaelfawr, with these paths and one annotation.
func guardedAt(name, value string, paths ...string) (i kubernetes.Ingress) {
	i.Meta.Annotations = map[string]string{annotationPrefix + name: value,
		annotationPrefix + "auth-url": "http://gafaelfawr.gafaelfawr.svc.cluster.local:8080/ingress/auth?scope=read:all"}
	var all []networkingv1.HTTPIngressPath
	for _, p := range paths {
		all = append(all, networkingv1.HTTPIngressPath{Path: p})
	}
	i.Spec.Rules = []networkingv1.IngressRule{{Host: "a", IngressRuleValue: networkingv1.IngressRuleValue{
		HTTP: &networkingv1.HTTPIngressRuleValue{Paths: all}}}}
	return i
}

func TestBreakages(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		i      kubernetes.Ingress
		breaks bool
	}{
		"Phalanx's rewrite":             {guardedAt("rewrite-target", "/$2", "/app(/|$)(.*)"), false},
		"one group":                     {guardedAt("rewrite-target", "/$1", "/1password/(.*)"), false},
		"a fixed path":                  {guardedAt("rewrite-target", "/audio_feed", "/app"), false},
		"without a group":               {guardedAt("rewrite-target", "/$1", "/app"), true},
		"a group too few":               {guardedAt("rewrite-target", "/x$2", "/app/(.*)"), true},
		"one path of two":               {guardedAt("rewrite-target", "/$2", "/app", "/app(/|$)(.*)"), false},
		"groups that Go does not have":  {guardedAt("rewrite-target", "/$1", "/app/(?!x)(.*)"), false},
		"no path":                       {kubernetes.Ingress{}, false},
		"refusals":                      {guardedAt("custom-http-errors", "401,404", "/"), true},
		"refusals with blanks":          {guardedAt("custom-http-errors", "404, 403", "/"), true},
		"an application's own errors":   {guardedAt("custom-http-errors", "404,500,4010", "/"), false},
		"the portal's buffer":           {guardedAt("proxy-buffer-size", "24k", "/"), false},
		"the least buffer":              {guardedAt("proxy-buffer-size", "8k", "/"), false},
		"nginx's own buffer":            {guardedAt("proxy-buffer-size", "4k", "/"), true},
		"a list of addresses of a site": {guardedAt("whitelist-source-range", "10.0.0.0/8", "/"), false},
	} {
		assert.Equal(t, c.breaks, len(Breakages(c.i)) > 0, name)
	}
	i := guardedAt("custom-http-errors", "403", "/")
	delete(i.Meta.Annotations, annotationPrefix+"auth-url")
	assert.Empty(t, Breakages(i), "an Ingress that does not ask Gafaelfawr")
}

func TestLimits(t *testing.T) {
	t.Parallel()
	assert.Len(t, Limits(guardedAt("whitelist-source-range", "10.0.0.0/8", "/")), 1)
	assert.Len(t, Limits(guardedAt("enable-cors", "true", "/")), 1)
	assert.Empty(t, Limits(guardedAt("enable-cors", "false", "/")))
	assert.Empty(t, Limits(guardedAt("proxy-body-size", "2g", "/")))
}

func TestAppRoot(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "/home", AppRoot(guardedAt("app-root", "/home", "/"), "a"))
	assert.Empty(t, AppRoot(guardedAt("app-root", "/home", "/app"), "a"))
	assert.Empty(t, AppRoot(guardedAt("app-root", "/home", "/"), "b"))
}

func TestAnswersAll(t *testing.T) {
	t.Parallel()
	for snippet, want := range map[string]bool{
		"":                           false,
		"return 503;":                true,
		"set $a b;\nreturn 200 'x';": true,
		"if ($request_uri = /x) { return 301 /x/; }":       false,
		"# return 200;\nproxy_set_header X-Return return;": false,
		"error_page 403 = @autherror;":                     false,
	} {
		assert.Equal(t, want, answersAll(snippet), snippet)
	}
}
