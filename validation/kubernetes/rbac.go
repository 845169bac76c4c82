package kubernetes

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/lsst-sqre/muster/validation/environment"
)

// Rule allows verbs on a kind of objects.
type Rule struct {
	Resource schema.GroupResource
	Verbs    []string
	// Names restricts the rule to these objects; empty means any.
	Names []string
}

func allow[T any](kind Kind[T], verbs ...string) Rule {
	return Rule{Resource: kind.Resource.GroupResource(), Verbs: verbs}
}

// rulesOf has the rules for the checks of each feature. A check that asks for
// more panics, so the printed role is complete.
var rulesOf = map[environment.Feature][]Rule{
	environment.Kubernetes: {
		allow(Namespaces, "list"), allow(Pods, "list"), allow(Events, "list"), allow(EndpointSlices, "list"),
		allow(Deployments, "list"), allow(StatefulSets, "list"), allow(DaemonSets, "list"),
		allow(CronJobs, "list"), allow(Jobs, "list"), allow(Volumes, "list"),
		allow(LimitRanges, "list"), allow(ResourceQuotas, "list"),
		{Resource: ConfigMaps.Resource.GroupResource(), Verbs: []string{"get"}, Names: []string{GafaelfawrConfigMap}},
		allow(Ingresses, "list"), allow(IngressClasses, "list"), allow(Services, "list"),
		allow(HTTPRoutes, "list"), allow(GRPCRoutes, "list"), allow(TCPRoutes, "list"), allow(TLSRoutes, "list"),
		allow(GafaelfawrIngresses, "list"), allow(GafaelfawrServiceTokens, "list"),
		allow(ClusterRoles, "list"), allow(ClusterRoleBindings, "list"),
		{Resource: Definitions.Resource.GroupResource(), Verbs: []string{"get"},
			Names: []string{GafaelfawrIngresses.Resource.GroupResource().String(),
				GafaelfawrServiceTokens.Resource.GroupResource().String()}},
		allow(Autoscalers, "list"), allow(DisruptionBudgets, "list"),
		allow(ValidatingWebhooks, "list"), allow(MutatingWebhooks, "list"),
		{Resource: schema.GroupResource{Resource: "pods/log"}, Verbs: []string{"get"}}, // evidence
	},
	environment.IngressNginx: {
		{
			Resource: ConfigMaps.Resource.GroupResource(), Verbs: []string{"get"},
			Names: []string{ControllerConfig, ControllerAnswers, ControllerRequests},
		},
	},
	environment.ArgoCD: {
		allow(Applications, "list"),
		{Resource: ConfigMaps.Resource.GroupResource(), Verbs: []string{"get"}, Names: []string{ArgoCDConfig}},
	},
	environment.Vault: {allow(VaultSecrets, "list")},
	environment.CertManager: {
		allow(Certificates, "list"), allow(CertificateRequests, "list"), allow(Challenges, "list"),
		allow(Orders, "list"), allow(Issuers, "list"), allow(ClusterIssuers, "list"),
	},
	environment.Policies:    {allow(NetworkPolicies, "list")},
	environment.ReadSecrets: {allow(Secrets, "get")},
}

// CanaryPrefix begins the names of namespaces that -write makes.
const CanaryPrefix = "muster-canary-"

// CanaryName is the name of the GafaelfawrIngress that -write makes. It may
// change no other.
const CanaryName = "muster-canary"

// CanaryNamespaces are the namespaces for -write. It may remove only these,
// with everything in them.
var CanaryNamespaces = []string{
	"muster-canary-1",
	"muster-canary-2",
	"muster-canary-3",
	"muster-canary-4",
	"muster-canary-5",
}

// rulesForWriting are the rules for -write.
var rulesForWriting = []Rule{
	allow(Namespaces, "create"),
	{Resource: Namespaces.Resource.GroupResource(), Verbs: []string{"delete"}, Names: CanaryNamespaces},
	allow(Services, "create"),
	allow(EndpointSlices, "create"),
	allow(GafaelfawrIngresses, "create"),
	{Resource: GafaelfawrIngresses.Resource.GroupResource(), Verbs: []string{"patch"}, Names: []string{CanaryName}},
}

// RulesFor returns the rules for those features that the environment has.
func RulesFor(env *environment.Environment, needs []environment.Feature, write bool) []Rule {
	var all []Rule
	for _, f := range environment.Features { // in a fixed order
		if slices.Contains(needs, f) && env.Has(f) {
			all = append(all, rulesOf[f]...)
		}
	}
	if write {
		all = append(all, rulesForWriting...)
	}
	return all
}

// PrintRole prints the role for this environment's cluster as objects for
// kubectl apply. They are named after the account's namespace: the roles of
// other accounts, and those of the chart, stay as they are.
func PrintRole(w io.Writer, env *environment.Environment, namespace string, write bool) error {
	roleName := "muster-suite-" + namespace
	metadata := map[string]any{"name": roleName}
	within := func(namespace string) map[string]any { return map[string]any{"name": roleName, "namespace": namespace} }
	account := map[string]any{"kind": "ServiceAccount", "name": roleName, "namespace": namespace}
	const rbac = "rbac.authorization.k8s.io"
	object := func(version, kind string, metadata map[string]any, more map[string]any) map[string]any {
		o := map[string]any{"apiVersion": version, "kind": kind, "metadata": metadata}
		maps.Copy(o, more)
		return o
	}
	binding := func(kind string) map[string]any {
		return map[string]any{
			"roleRef": map[string]any{"apiGroup": rbac, "kind": kind, "name": roleName}, "subjects": []any{account},
		}
	}
	objects := []map[string]any{
		object("v1", "ServiceAccount", within(namespace), nil),
		object(rbac+"/v1", "ClusterRole", metadata, map[string]any{"rules": rules(RulesFor(env, env.Features, write))}),
		object(rbac+"/v1", "ClusterRoleBinding", metadata, binding("ClusterRole")),
	}
	if s := env.Bootstrap.Secret; s != nil {
		rule := map[string]any{"apiGroups": []string{""}, "resources": []string{"secrets"},
			"resourceNames": []string{s.Name}, "verbs": []string{"get"}}
		objects = append(objects,
			object(rbac+"/v1", "Role", within(s.Namespace), map[string]any{"rules": []any{rule}}),
			object(rbac+"/v1", "RoleBinding", within(s.Namespace), binding("Role")))
	}
	var text bytes.Buffer
	e := yaml.NewEncoder(&text)
	e.SetIndent(2)
	for _, o := range objects {
		if err := e.Encode(o); err != nil {
			return fmt.Errorf("the role: %w", err)
		}
	}
	_, err := text.WriteTo(w)
	return err
}

// rules returns the rules of a role, one for each group, name and verbs.
func rules(granted []Rule) []any {
	type target struct {
		schema.GroupResource
		name string
	}
	verbs := map[target]map[string]bool{}
	for _, g := range granted {
		t := target{g.Resource, strings.Join(g.Names, ",")}
		if verbs[t] == nil {
			verbs[t] = map[string]bool{}
		}
		for _, v := range g.Verbs {
			verbs[t][v] = true
		}
	}
	type key struct{ group, name, verbs string }
	resources := map[key][]string{}
	for t, v := range verbs {
		k := key{t.Group, t.name, strings.Join(slices.Sorted(maps.Keys(v)), ",")}
		resources[k] = append(resources[k], t.Resource)
	}
	keys := slices.SortedFunc(maps.Keys(resources), func(a, b key) int {
		return cmp.Or(strings.Compare(a.group, b.group), strings.Compare(a.name, b.name),
			strings.Compare(a.verbs, b.verbs))
	})
	all := []any{}
	for _, k := range keys {
		slices.Sort(resources[k])
		rule := map[string]any{"apiGroups": []string{k.group}, "resources": resources[k],
			"verbs": strings.Split(k.verbs, ",")}
		if k.name != "" {
			rule["resourceNames"] = strings.Split(k.name, ",")
		}
		all = append(all, rule)
	}
	return all
}
