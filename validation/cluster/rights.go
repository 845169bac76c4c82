package cluster

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/lsst-sqre/muster/validation/kubernetes"
)

// Need are verbs that a workload needs on a resource in all namespaces.
type Need struct {
	Resource schema.GroupResource
	Verbs    []string
}

// Lacks is what the account of a workload may not do.
type Lacks struct {
	// Role is the one that should allow it: one that is bound to the account by its name.
	// Without one it has no name, and Lost is a binding whose role does not exist, if any.
	Role kubernetes.ClusterRole
	Lost kubernetes.ClusterRoleBinding
	// Needs are the verbs that no role allows.
	Needs []Need
}

// Lacks returns what the account of a workload may not do in all namespaces, whatever the roles
// of single namespaces say.
func (c *Cluster) Lacks(w kubernetes.Workload, needs []Need) (lacks Lacks) {
	roles, account := map[string]kubernetes.ClusterRole{}, w.Account()
	for _, r := range List(c, kubernetes.ClusterRoles, "", "") {
		roles[r.Meta.Name] = r
	}
	var bound []kubernetes.ClusterRole
	for _, b := range List(c, kubernetes.ClusterRoleBindings, "", "") {
		r, ok := roles[b.RoleRef.Name]
		switch {
		case !b.Binds(account):
		case ok:
			bound = append(bound, r)
			if b.Names(account) && (lacks.Role.Meta.Name == "" || r.Meta.Name == account.Name) {
				lacks.Role = r
			}
		case b.Names(account):
			lacks.Lost = b
		}
	}
	for _, n := range needs {
		n.Verbs = which(n.Verbs, func(verb string) bool {
			return !slices.ContainsFunc(bound, func(r kubernetes.ClusterRole) bool { return r.Allows(verb, n.Resource) })
		})
		if len(n.Verbs) > 0 {
			lacks.Needs = append(lacks.Needs, n)
		}
	}
	return lacks
}

// String says what may not be done, such as "patch ingresses.networking.k8s.io".
func (n Need) String() string { return strings.Join(n.Verbs, ", ") + " " + n.Resource.String() }
