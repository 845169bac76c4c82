package kubernetes

import (
	"cmp"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// ClusterRole is a ClusterRole of rbac.authorization.k8s.io/v1.
type ClusterRole struct {
	Object `json:",inline"`
	Rules  []rbacv1.PolicyRule `json:"rules"`
}

// Allows reports whether the role allows a verb on all objects of a resource, which may
// be a part of another, such as ingresses/status.
func (r ClusterRole) Allows(verb string, on schema.GroupResource) bool {
	_, subresource, part := strings.Cut(on.Resource, "/")
	return slices.ContainsFunc(r.Rules, func(p rbacv1.PolicyRule) bool {
		return len(p.ResourceNames) == 0 && names(p.Verbs, verb) && names(p.APIGroups, on.Group) &&
			(names(p.Resources, on.Resource) || part && slices.Contains(p.Resources, "*/"+subresource))
	})
}

// names reports whether a list of a rule has the value, or stands for all values.
func names(list []string, value string) bool {
	return slices.Contains(list, "*") || slices.Contains(list, value)
}

// ClusterRoleBinding is a ClusterRoleBinding of rbac.authorization.k8s.io/v1.
type ClusterRoleBinding struct {
	Object   `json:",inline"`
	Subjects []rbacv1.Subject `json:"subjects"`
	RoleRef  rbacv1.RoleRef   `json:"roleRef"`
}

// Account is a ServiceAccount.
type Account struct{ Namespace, Name string }

// String returns namespace/name.
func (a Account) String() string { return a.Namespace + "/" + a.Name }

// Account is the one of the workload's pods.
func (w Workload) Account() Account {
	return Account{w.Namespace(), cmp.Or(w.Template.Spec.ServiceAccountName, "default")}
}

// Names reports whether the binding names the account itself.
func (b ClusterRoleBinding) Names(a Account) bool {
	return slices.ContainsFunc(b.Subjects, func(s rbacv1.Subject) bool {
		return s.Kind == rbacv1.ServiceAccountKind && s.Namespace == a.Namespace && s.Name == a.Name ||
			s.Kind == rbacv1.UserKind && s.Name == "system:serviceaccount:"+a.Namespace+":"+a.Name
	})
}

// Binds reports whether the binding names the account, or a group in which every account is.
func (b ClusterRoleBinding) Binds(a Account) bool {
	groups := []string{"system:authenticated", "system:serviceaccounts", "system:serviceaccounts:" + a.Namespace}
	return b.Names(a) || slices.ContainsFunc(b.Subjects, func(s rbacv1.Subject) bool {
		return s.Kind == rbacv1.GroupKind && slices.Contains(groups, s.Name)
	})
}
