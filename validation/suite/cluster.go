package suite

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/lsst-sqre/muster/validation/message"
)

// pageSize bounds one answer of the API server: a cluster may have thousands
// of objects.
const pageSize = 200

// Kind is a kind of Kubernetes objects, and the type into which they are read.
type Kind[T any] struct{ Resource schema.GroupVersionResource }

func kindOf[T any](group, version, plural string) Kind[T] {
	return Kind[T]{schema.GroupVersionResource{Group: group, Version: version, Resource: plural}}
}

// The kinds that checks ask for. What a feature may ask for is in grants.
var (
	Namespaces              = kindOf[Object]("", "v1", "namespaces")
	Pods                    = kindOf[Pod]("", "v1", "pods")
	Services                = kindOf[Object]("", "v1", "services")
	Events                  = kindOf[Event]("", "v1", "events")
	ConfigMaps              = kindOf[ConfigMap]("", "v1", "configmaps")
	Secrets                 = kindOf[Secret]("", "v1", "secrets")
	EndpointSlices          = kindOf[EndpointSlice]("discovery.k8s.io", "v1", "endpointslices")
	Deployments             = kindOf[Workload]("apps", "v1", "deployments")
	StatefulSets            = kindOf[Workload]("apps", "v1", "statefulsets")
	DaemonSets              = kindOf[Workload]("apps", "v1", "daemonsets")
	CronJobs                = kindOf[CronJob]("batch", "v1", "cronjobs")
	Volumes                 = kindOf[Volume]("", "v1", "persistentvolumeclaims")
	Ingresses               = kindOf[Ingress]("networking.k8s.io", "v1", "ingresses")
	IngressClasses          = kindOf[IngressClass]("networking.k8s.io", "v1", "ingressclasses")
	NetworkPolicies         = kindOf[NetworkPolicy]("networking.k8s.io", "v1", "networkpolicies")
	GafaelfawrIngresses     = kindOf[GafaelfawrIngress]("gafaelfawr.lsst.io", "v1alpha1", "gafaelfawringresses")
	GafaelfawrServiceTokens = kindOf[GafaelfawrServiceToken]("gafaelfawr.lsst.io", "v1alpha1", "gafaelfawrservicetokens")
	Applications            = kindOf[Application]("argoproj.io", "v1alpha1", "applications")
	VaultSecrets            = kindOf[VaultSecret]("ricoberger.de", "v1alpha1", "vaultsecrets")
	Certificates            = kindOf[Certificate]("cert-manager.io", "v1", "certificates")
	Challenges              = kindOf[ACME]("acme.cert-manager.io", "v1", "challenges")
	Orders                  = kindOf[ACME]("acme.cert-manager.io", "v1", "orders")
	Issuers                 = kindOf[Issuer]("cert-manager.io", "v1", "issuers")
	ClusterIssuers          = kindOf[Issuer]("cert-manager.io", "v1", "clusterissuers")
)

// List gives all objects of a kind in a namespace ("": in all), narrowed by a
// label selector if there is one. It ends the check where it cannot: skipped
// without the permission, failed without the kind (its definition is not
// installed), blocked without an API server.
func List[T any](c *Check, kind Kind[T], namespace, selector string) []T {
	client := c.kubernetes("list", kind.Resource)
	once, _ := c.lists.LoadOrStore(listKey{kind.Resource, namespace, selector}, sync.OnceValues(func() ([]unstructured.Unstructured, error) {
		return client.list(c.run.ctx, kind.Resource, namespace, selector)
	}))
	items, err := once.(func() ([]unstructured.Unstructured, error))()
	c.allowed(err, "list", kind.Resource, namespace)
	var all []T
	for _, o := range items {
		all = append(all, decode[T](c, &o))
	}
	return all
}

// listKey tells lists apart. Each is asked for once a run: many checks look at
// the same objects, and a run that lasts for seconds wants one view of them.
type listKey struct {
	resource            schema.GroupVersionResource
	namespace, selector string
}

// list gives all objects, page by page.
func (k *cluster) list(ctx context.Context, resource schema.GroupVersionResource, namespace, selector string) ([]unstructured.Unstructured, error) {
	var all []unstructured.Unstructured
	options := metav1.ListOptions{LabelSelector: selector, Limit: pageSize}
	for {
		page, err := k.Resource(resource).Namespace(namespace).List(ctx, options)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if options.Continue = page.GetContinue(); options.Continue == "" {
			return all, nil
		}
	}
}

// Get gives one object, and false if there is none. It ends the check as List
// does.
func Get[T any](c *Check, kind Kind[T], namespace, name string) (T, bool) {
	client := c.kubernetes("get", kind.Resource)
	o, err := client.Resource(kind.Resource).Namespace(namespace).Get(c.ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) && !unknownKind(err) {
		var none T
		return none, false
	}
	c.allowed(err, "get", kind.Resource, namespace)
	return decode[T](c, o), true
}

func decode[T any](c *Check, o *unstructured.Unstructured) T {
	var into T
	err := runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, &into)
	c.NoError(err, fmt.Sprintf("%s %s/%s in the form that this suite knows", o.GetKind(), o.GetNamespace(), o.GetName()))
	return into
}

// kubernetes is the client, once the gate is open. What no feature of the
// check grants it must not ask for: else the printed role would be incomplete.
func (c *Check) kubernetes(verb string, resource schema.GroupVersionResource) *cluster {
	if !slices.ContainsFunc(grantsFor(c.run.env, append(c.o.Needs, Kubernetes), c.o.Writes), func(g grant) bool {
		return g.resource == resource.GroupResource() && slices.Contains(g.verbs, verb)
	}) {
		panic(fmt.Sprintf("it asks for %s on %s, which none of its features grants", verb, resource.GroupResource()))
	}
	c.pass(c.run.gates.kubernetes)
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
	case unknownKind(err):
		c.unable("the kind "+kind+" in the cluster", "the API server does not know it: the CustomResourceDefinition "+kind+" is not installed")
	case c.ctx.Err() != nil:
		c.unable("an answer to "+verb+" "+kind, context.Cause(c.ctx).Error())
	default:
		c.Block(fmt.Sprintf("cannot %s %s: %v", verb, kind, err))
	}
}

// unknownKind tells a kind that the API server does not know from an object
// that is not there: the former has no answer of its own, just a page.
func unknownKind(err error) bool {
	var status apierrors.APIStatus
	if !errors.As(err, &status) || status.Status().Code != http.StatusNotFound {
		return false
	}
	details := status.Status().Details
	return details == nil || details.Name == "" || slices.ContainsFunc(details.Causes, func(c metav1.StatusCause) bool {
		return c.Type == metav1.CauseTypeUnexpectedServerResponse
	})
}

// tryKubernetes asks for what any API server has. That it is not allowed is an
// answer, too.
func (r *run) tryKubernetes(ctx context.Context) error {
	client, err := r.kube()
	if err != nil {
		return err
	}
	_, err = client.Resource(Namespaces.Resource).List(ctx, metav1.ListOptions{Limit: 1})
	switch {
	case apierrors.IsUnauthorized(err):
		return fmt.Errorf("the API server at %s does not accept the credentials of the context %q: log in again", client.where, r.env.Kubernetes.Context)
	case err != nil && !apierrors.IsForbidden(err):
		return fmt.Errorf("no answer from the API server at %s: %w. Is the cluster up, and is `kubernetes` in the environment file right?", client.where, err)
	}
	r.ledger.note("kubernetes", client.where)
	return nil
}

// KubernetesReachable fails the check if the API server cannot be asked.
func (c *Check) KubernetesReachable() {
	err := c.run.gates.kubernetes.try(c.run.ctx)
	c.Must(err == nil, nil, "an answer from the Kubernetes API server", fmt.Sprint(err))
}

// ExpectOf is Expect of a fact about an object: the text names it, and
// evidence is gathered in its namespace.
func (c *Check) ExpectOf(o interface {
	fmt.Stringer
	Namespace() string
}, ok bool, expected, actual string) bool {
	if !ok {
		c.Concerns(o.Namespace())
	}
	return c.Expect(ok, nil, expected, o.String()+": "+actual)
}

// Concerns names a namespace in which evidence is to be gathered if the check
// fails.
func (c *Check) Concerns(namespace string) {
	if namespace != "" && !slices.Contains(c.namespaces, namespace) {
		c.namespaces = append(c.namespaces, namespace)
	}
}

// EventsOf are the last events about an object, in one line.
func (c *Check) EventsOf(o Object) string {
	var about []Event
	for _, e := range List(c, Events, o.Namespace(), "") {
		if e.Involved.Kind == o.Kind && e.Involved.Name == o.Meta.Name {
			about = append(about, e)
		}
	}
	slices.SortStableFunc(about, func(a, b Event) int { return a.Time().Compare(b.Time()) })
	var lines []string
	for _, e := range about[max(0, len(about)-3):] {
		lines = append(lines, message.OneLine(e.Type+" "+e.Reason+": "+e.Message))
	}
	if len(lines) == 0 {
		return "no events"
	}
	return "events: " + strings.Join(lines, "; ")
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
	return slices.ContainsFunc(List(c, EndpointSlices, namespace, "kubernetes.io/service-name="+name), EndpointSlice.Ready)
}
