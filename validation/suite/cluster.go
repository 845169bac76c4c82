package suite

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/lsst-sqre/muster/validation/kubernetes"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// List gives all objects of a kind in a namespace ("": in all), narrowed by a
// label selector if there is one. It ends the check where it cannot: skipped
// without the permission, failed without the kind (its definition is not
// installed), blocked without an API server.
func List[T any](c *Check, kind kubernetes.Kind[T], namespace, selector string) []T {
	client := c.kubernetes("list", kind.Resource)
	once, _ := c.lists.LoadOrStore(listKey{kind.Resource, namespace, selector}, sync.OnceValues(func() ([]unstructured.Unstructured, error) {
		return client.List(c.run.ctx, kind.Resource, namespace, selector)
	}))
	items, err := once.(func() ([]unstructured.Unstructured, error))()
	c.allowed(err, "list", kind.Resource, namespace)
	var all []T
	for _, o := range items {
		all = append(all, decode(c, kind, &o))
	}
	return all
}

// listKey tells lists apart. Each is asked for once a run: many checks look at
// the same objects, and a run that lasts for seconds wants one view of them.
type listKey struct {
	resource            schema.GroupVersionResource
	namespace, selector string
}

// Get gives one object, and false if there is none. It ends the check as List
// does.
func Get[T any](c *Check, kind kubernetes.Kind[T], namespace, name string) (T, bool) {
	client := c.kubernetes("get", kind.Resource)
	o, err := client.Resource(kind.Resource).Namespace(namespace).Get(c.ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) && !kubernetes.UnknownKind(err) {
		var none T
		return none, false
	}
	c.allowed(err, "get", kind.Resource, namespace)
	return decode(c, kind, o), true
}

func decode[T any](c *Check, kind kubernetes.Kind[T], o *unstructured.Unstructured) T {
	into, err := kind.Decode(o)
	c.NoError(err, fmt.Sprintf("%s %s/%s in the form that this suite knows", o.GetKind(), o.GetNamespace(), o.GetName()))
	return into
}

// kubernetes is the client, once the precondition holds. What no feature of the
// check grants it must not ask for: else the printed role would be incomplete.
func (c *Check) kubernetes(verb string, resource schema.GroupVersionResource) *kubernetes.Client {
	if !slices.ContainsFunc(kubernetes.RulesFor(c.run.env, append(c.o.Needs, Kubernetes), c.o.Writes), func(r kubernetes.Rule) bool {
		return r.Resource == resource.GroupResource() && slices.Contains(r.Verbs, verb)
	}) {
		panic(fmt.Sprintf("it asks for %s on %s, which none of its features grants", verb, resource.GroupResource()))
	}
	c.require(c.run.preconditions.kubernetes)
	client, err := c.run.kube()
	if err != nil {
		c.Block(err.Error())
	}
	return client
}

// allowed ends the check where the API server did not do what was asked.
func (c *Check) allowed(err error, verb string, resource schema.GroupVersionResource, namespace string) {
	kind := resource.GroupResource().String()
	switch {
	case err == nil:
	case apierrors.IsForbidden(err):
		where := " in all namespaces"
		if namespace != "" {
			where = " in namespace " + namespace
		}
		c.Skip(fmt.Sprintf("no permission: needs %s on %s%s (-role prints the role for environment %q)", verb, kind, where, c.run.env.Name))
	case kubernetes.UnknownKind(err):
		c.unable("the kind "+kind+" in the cluster", "the API server does not know it: the CustomResourceDefinition "+kind+" is not installed",
			verdict.Of(verdict.CodeMissing, "kind", kind))
	case c.ctx.Err() != nil:
		c.unable("an answer to "+verb+" "+kind, context.Cause(c.ctx).Error())
	default:
		c.Block(fmt.Sprintf("cannot %s %s: %v", verb, kind, err))
	}
}

// EventsOf are the last events about an object, in one line.
func (c *Check) EventsOf(o Object) string {
	return kubernetes.EventsAbout(o, List(c, Events, o.Namespace(), ""))
}

// Some skips the check where there is nothing that it could verify.
func Some[T any](c *Check, all []T, what string) []T {
	if len(all) == 0 {
		c.Skip("the cluster has no " + what)
	}
	return all
}

// HasEndpoints reports whether anything ready is behind a Service,
// namespace/name.
func (c *Check) HasEndpoints(service string) bool {
	namespace, name, _ := strings.Cut(service, "/")
	return slices.ContainsFunc(List(c, EndpointSlices, namespace, "kubernetes.io/service-name="+name), kubernetes.EndpointSlice.Ready)
}
