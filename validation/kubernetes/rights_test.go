package kubernetes

import (
	"testing"

	"github.com/stretchr/testify/assert"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// A rule allows what the API server's own authorizer takes from it, and nothing else.
func TestAllows(t *testing.T) {
	t.Parallel()
	rule := func(group, resource, verb string, names ...string) ClusterRole {
		return ClusterRole{Rules: []rbacv1.PolicyRule{{APIGroups: []string{group}, Resources: []string{resource},
			Verbs: []string{verb}, ResourceNames: names}}}
	}
	ingresses := schema.GroupResource{Group: "networking.k8s.io", Resource: "ingresses"}
	status := schema.GroupResource{Group: ingresses.Group, Resource: "ingresses/status"}
	for _, all := range []ClusterRole{rule("networking.k8s.io", "ingresses", "update"), rule("*", "*", "*")} {
		assert.True(t, all.Allows("update", ingresses))
	}
	for _, all := range []ClusterRole{rule("networking.k8s.io", "ingresses/status", "update"),
		rule("networking.k8s.io", "*/status", "*"), rule("*", "*", "update")} {
		assert.True(t, all.Allows("update", status))
	}
	for _, none := range []ClusterRole{rule("", "ingresses", "update"), rule("networking.k8s.io", "ingresses", "patch"),
		rule("networking.k8s.io", "ingresses/status", "update"), rule("networking.k8s.io", "*/status", "update"),
		rule("networking.k8s.io", "ingresses", "update", "portal"), {}} {
		assert.False(t, none.Allows("update", ingresses), "%v", none.Rules)
	}
	assert.False(t, rule("networking.k8s.io", "ingresses", "update").Allows("update", status))
}

// Bindings name an account in three ways.
func TestBinds(t *testing.T) {
	t.Parallel()
	account := Account{"gafaelfawr", "operator"}
	for _, s := range []struct {
		rbacv1.Subject
		names, binds bool
	}{
		{rbacv1.Subject{Kind: "ServiceAccount", Namespace: "gafaelfawr", Name: "operator"}, true, true},
		{rbacv1.Subject{Kind: "User", Name: "system:serviceaccount:gafaelfawr:operator"}, true, true},
		{rbacv1.Subject{Kind: "Group", Name: "system:serviceaccounts:gafaelfawr"}, false, true},
		{rbacv1.Subject{Kind: "Group", Name: "system:authenticated"}, false, true},
		{rbacv1.Subject{Kind: "ServiceAccount", Namespace: "default", Name: "operator"}, false, false},
		{rbacv1.Subject{Kind: "Group", Name: "system:serviceaccounts:default"}, false, false},
		{rbacv1.Subject{Kind: "User", Name: "operator"}, false, false},
	} {
		b := ClusterRoleBinding{Subjects: []rbacv1.Subject{s.Subject}}
		assert.Equal(t, s.names, b.Names(account), s.Subject)
		assert.Equal(t, s.binds, b.Binds(account), s.Subject)
	}
}
