package cluster

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/lsst-sqre/muster/validation/kubernetes"
	"github.com/lsst-sqre/muster/validation/message"
)

// anyNamespace is one that every cluster has. A dry run makes nothing in it.
const anyNamespace = "default"

// options are the configurations of a GafaelfawrIngress that use one option of Gafaelfawr's
// each (crds/ingress.yaml of 15.0.0).
func options(scope string) map[string]map[string]any {
	scopes := []any{scope}
	return map[string]map[string]any{
		"allowCookies":      {"allowCookies": false},
		"allowOptions":      {"allowOptions": true},
		"authCacheDuration": {"authCacheDuration": "5m"},
		"authType":          {"authType": "basic"},
		"delegate.internal": {"delegate": map[string]any{"internal": map[string]any{"service": "canary", "scopes": scopes},
			"minimumLifetime": int64(3600), "useAuthorization": true}},
		"delegate.notebook": {"delegate": map[string]any{"notebook": map[string]any{}}},
		"loginRedirect":     {"loginRedirect": true},
		"onlyServices":      {"onlyServices": []any{"canary"}},
		"scopes.all":        {},
		"scopes.any":        {"scopes": map[string]any{"any": scopes}},
		"scopes.anonymous":  {"scopes": map[string]any{"anonymous": true}},
		"userDomain":        {"userDomain": true},
		"username":          {"username": "canary"},
	}
}

// unknownField is what Kubernetes says of a field that the definition does not have.
const unknownField = "strict decoding error"

// RefusedOption is an option that Kubernetes does not take, and why.
type RefusedOption struct{ Name, Why string }

// RefusedOptions has Kubernetes judge, without an effect, a GafaelfawrIngress with each
// option.
func (c *Cluster) RefusedOptions() (refused []RefusedOption) {
	all := options(c.env.Scope)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		config := map[string]any{"scopes": map[string]any{"all": []any{c.env.Scope}}, "service": "canary"}
		maps.Copy(config, all[name])
		switch err := c.dryRun(config); {
		case apierrors.IsInvalid(err), strings.Contains(fmt.Sprint(err), unknownField):
			refused = append(refused, RefusedOption{name, message.OneLine(fmt.Sprint(err))})
		default:
			c.allowed(err, "create", kubernetes.GafaelfawrIngresses.Resource, "")
		}
	}
	return refused
}

// dryRun returns why Kubernetes does not take a GafaelfawrIngress, nil if it does.
func (c *Cluster) dryRun(config map[string]any) error {
	kind := kubernetes.GafaelfawrIngresses.Resource
	backend := map[string]any{"service": map[string]any{"name": "canary", "port": map[string]any{"name": "http"}}}
	path := map[string]any{"path": "/muster-canary-" + c.suffix(), "pathType": "Exact", "backend": backend}
	rule := map[string]any{"host": c.env.Host(), "http": map[string]any{"paths": []any{path}}}
	o := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": kind.GroupVersion().String(), "kind": "GafaelfawrIngress",
		"metadata": map[string]any{"name": kubernetes.CanaryPrefix + c.suffix(), "namespace": anyNamespace},
		"config":   config,
		"template": map[string]any{"metadata": map[string]any{"name": "canary"},
			"spec": map[string]any{"rules": []any{rule}}},
	}}
	_, err := c.kubernetes("create", kind).Resource(kind).Namespace(anyNamespace).
		Create(context.WithoutCancel(c.ctx), o, metav1.CreateOptions{
			DryRun: []string{metav1.DryRunAll}, FieldValidation: metav1.FieldValidationStrict})
	return err
}
