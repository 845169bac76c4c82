package cluster

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/kubernetes"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// List returns all objects of a kind in a namespace, or in all if namespace is
// "". selector narrows them by label. On an error it ends the check: blocked
// without the permission or an API server, failed if the kind is not installed.
func List[T any](c *Cluster, kind kubernetes.Kind[T], namespace, selector string) []T {
	l := listOnce(c, kind, namespace, selector)
	c.allowed(l.err, "list", kind.Resource, namespace)
	return l.decoded(c)
}

// ListNow reads the list again, for what changes during a run. Checks share the
// list of List.
func ListNow[T any](c *Cluster, kind kubernetes.Kind[T], namespace string) []T {
	var l listed[T]
	l.Listed, l.err = kubernetes.List(c.ctx, c.kubernetes("list", kind.Resource), kind, namespace, "")
	c.allowed(l.err, "list", kind.Resource, namespace)
	return l.decoded(c)
}

// listed is a list as it was read.
type listed[T any] struct {
	kubernetes.Listed[T]
	err error
}

// decoded returns the objects, which all checks share.
func (l listed[T]) decoded(c *Cluster) []T {
	c.NoError(l.Unreadable, l.Object+" in the form that this suite knows")
	return slices.Clip(l.Items)
}

// which returns the objects that satisfy is, in a new slice, because all checks
// share the list.
func which[T any](all []T, is func(T) bool) (some []T) {
	for _, o := range all {
		if is(o) {
			some = append(some, o)
		}
	}
	return some
}

func listOnce[T any](
	c *Cluster, kind kubernetes.Kind[T], namespace, selector string, features ...environment.Feature,
) listed[T] {
	client := c.kubernetes("list", kind.Resource, features...)
	once, _ := c.lists.LoadOrStore(listKey{kind.Resource, namespace, selector}, sync.OnceValue(func() (l listed[T]) {
		l.Listed, l.err = kubernetes.List(c.run, client, kind, namespace, selector)
		return l
	}))
	return once.(func() listed[T])()
}

// listEach returns the objects of several namespaces: one list where the account may
// read all, else those of the namespaces, asked for at the same time. closed are those
// that may not be read: the rest is judged, and the check is not complete.
func listEach[T any](c *Cluster, kind kubernetes.Kind[T], namespaces []string) (all []T, closed []string) {
	c.kubernetes("list", kind.Resource)
	whole, lists := readEach(c, kind, namespaces)
	if whole.err == nil && lists == nil {
		return which(whole.decoded(c), func(o T) bool {
			in, ok := any(o).(interface{ Namespace() string })
			return ok && slices.Contains(namespaces, in.Namespace())
		}), nil
	}
	for i, namespace := range namespaces {
		if apierrors.IsForbidden(lists[i].err) {
			closed = append(closed, namespace)
			continue
		}
		c.allowed(lists[i].err, "list", kind.Resource, namespace)
		all = append(all, lists[i].decoded(c)...)
	}
	switch {
	case len(closed) == 0:
	case len(closed) == len(namespaces):
		c.lacksPermission(noPermission(kind.Resource, "list", closed...))
	default:
		c.notRead(noPermission(kind.Resource, "list", closed...))
	}
	return all, closed
}

// readEach asks for the list of all objects or, where that cannot be had, for those of
// the namespaces. The account may do so by then, or the check would have ended.
func readEach[T any](c *Cluster, kind kubernetes.Kind[T], namespaces []string) (whole listed[T], each []listed[T]) {
	if len(namespaces) > 1 {
		if whole = listOnce(c, kind, "", ""); whole.err == nil {
			return whole, nil
		}
	}
	each = make([]listed[T], len(namespaces))
	var reads sync.WaitGroup
	for i, namespace := range namespaces {
		reads.Go(func() { each[i] = listOnce(c, kind, namespace, "") })
	}
	reads.Wait()
	return whole, each
}

// TryList is List for objects that only refine a judgement. Without the
// permission or the kind it returns nothing.
func TryList[T any](c *Cluster, kind kubernetes.Kind[T], namespace string) []T {
	return tryList(c, kind, namespace, nil)
}

// tryList is TryList for a kind that the role grants with the features, besides those of
// the check.
func tryList[T any](c *Cluster, kind kubernetes.Kind[T], namespace string, features []environment.Feature) []T {
	l := listOnce(c, kind, namespace, "", features...)
	if apierrors.IsForbidden(l.err) || l.err != nil && kubernetes.UnknownKind(l.err) {
		return nil
	}
	c.allowed(l.err, "list", kind.Resource, namespace)
	return l.decoded(c)
}

// listKey identifies a list. Each list is read once a run, because many checks
// look at the same objects and want one view of them.
type listKey struct {
	resource            schema.GroupVersionResource
	namespace, selector string
}

// Get returns one object, and false if there is none. On an error it ends the
// check as List does.
func Get[T any](c *Cluster, kind kubernetes.Kind[T], namespace, name string) (T, bool) {
	client := c.kubernetes("get", kind.Resource)
	o, err := client.Object(c.ctx, kind.Resource, namespace, name)
	if apierrors.IsNotFound(err) && !kubernetes.UnknownKind(err) {
		var none T
		return none, false
	}
	c.allowed(err, "get", kind.Resource, namespace)
	return decode(c, kind, o), true
}

// tryGet is Get for an object that only refines a judgement. Without the permission it
// returns none.
func tryGet[T any](c *Cluster, kind kubernetes.Kind[T], namespace, name string) T {
	client := c.kubernetes("get", kind.Resource)
	o, err := client.Object(c.ctx, kind.Resource, namespace, name)
	if apierrors.IsForbidden(err) || apierrors.IsNotFound(err) {
		var none T
		return none
	}
	c.allowed(err, "get", kind.Resource, namespace)
	return decode(c, kind, o)
}

func decode[T any](c *Cluster, kind kubernetes.Kind[T], o *unstructured.Unstructured) T {
	into, err := kind.Decode(o)
	c.NoError(err, fmt.Sprintf("%s %s/%s in the form that this suite knows", o.GetKind(), o.GetNamespace(), o.GetName()))
	return into
}

// kubernetes returns the client after the precondition holds. A check must not
// read what none of its features grants, because the printed role would be
// incomplete.
func (c *Cluster) kubernetes(
	verb string, resource schema.GroupVersionResource, besides ...environment.Feature,
) *kubernetes.Client {
	features := slices.Concat(c.needs, besides, []environment.Feature{environment.Kubernetes})
	if !slices.ContainsFunc(kubernetes.RulesFor(c.env, features, c.writes), func(r kubernetes.Rule) bool {
		return r.Resource == resource.GroupResource() && slices.Contains(r.Verbs, verb)
	}) {
		panic(fmt.Sprintf("it asks for %s on %s, which none of its features grants", verb, resource.GroupResource()))
	}
	c.ready()
	client, err := c.kube()
	if err != nil {
		c.Block(err.Error())
	}
	return client
}

// noPermission says which permission the account lacks, and in which
// namespaces; none named means all.
func noPermission(resource schema.GroupVersionResource, verb string, namespaces ...string) string {
	where := "in all namespaces"
	switch {
	case len(namespaces) == 1:
		where = "in namespace " + namespaces[0]
	case len(namespaces) > 1:
		where = "in the namespaces " + strings.Join(namespaces, ", ")
	}
	return fmt.Sprintf("no permission: needs %s on %s %s", verb, resource.GroupResource(), where)
}

// notRead notes objects of the check that the account may not read.
func (c *Cluster) notRead(what string) {
	c.Unread(what)
	c.unverified()
}

// lacksPermission ends the check because the account lacks a permission. The
// run is then incomplete, unless the environment says that the account is
// restricted.
func (c *Cluster) lacksPermission(what string) {
	if c.env.Kubernetes.Restricted {
		c.unverified()
	}
	c.Forbidden(what + fmt.Sprintf(" (-role prints the role for environment %q)", c.env.Name))
}

// allowed ends the check if the API server refused the request.
func (c *Cluster) allowed(err error, verb string, resource schema.GroupVersionResource, namespace string) {
	kind := resource.GroupResource().String()
	switch {
	case err == nil:
	case apierrors.IsForbidden(err):
		if words := kubernetes.RefusedByPolicy(err); words != "" {
			c.Block(fmt.Sprintf("cannot %s %s: an admission policy of the cluster refuses it: %s", verb, kind, words))
		}
		c.lacksPermission(noPermission(resource, verb, slices.DeleteFunc([]string{namespace},
			func(n string) bool { return n == "" })...))
	case kubernetes.UnknownKind(err):
		c.Unable(nil, "the kind "+kind+" in the cluster", "the API server does not know it: the CustomResourceDefinition "+
			""+kind+" is not installed",
			verdict.Of(verdict.CodeMissing, "kind", kind))
	case c.ctx.Err() != nil:
		c.Unable(nil, "an answer to "+verb+" "+kind, context.Cause(c.ctx).Error())
	default:
		c.Block(fmt.Sprintf("cannot %s %s: %v", verb, kind, err))
	}
}

// EventsOf returns the last events of an object in one line.
func (c *Cluster) EventsOf(o kubernetes.Object) string {
	return kubernetes.EventsAbout(o, TryList(c, kubernetes.Events, o.Namespace()))
}

// Some skips the check if there is nothing to verify.
func Some[T any](c *Cluster, all []T, what string) []T {
	if len(all) == 0 {
		c.Skip("the cluster has no " + what)
	}
	return all
}

// HasEndpoints reports whether a Service, namespace/name, has a ready endpoint.
func (c *Cluster) HasEndpoints(service string) bool {
	namespace, name, _ := strings.Cut(service, "/")
	return slices.ContainsFunc(List(c, kubernetes.EndpointSlices, namespace, "kubernetes.io/service-name="+name),
		kubernetes.EndpointSlice.Ready)
}
