package validation

import (
	"strings"
	"testing"

	"github.com/lsst-sqre/muster/validation/suite"
)

// operatorNeeds is what Gafaelfawr's operator does (storage/kubernetes.py of 15.0.0, and Kopf, which
// writes its notes and the status). Without events, namespaces and definitions it goes on.
var operatorNeeds = []suite.Need{
	{Resource: suite.GafaelfawrIngresses.Resource.GroupResource(), Verbs: []string{"list", "watch", "patch"}},
	{Resource: suite.StatusOf(suite.GafaelfawrIngresses), Verbs: []string{"patch"}},
	{Resource: suite.GafaelfawrServiceTokens.Resource.GroupResource(), Verbs: []string{"list", "watch", "patch"}},
	{Resource: suite.StatusOf(suite.GafaelfawrServiceTokens), Verbs: []string{"patch"}},
	{Resource: suite.Ingresses.Resource.GroupResource(), Verbs: []string{"get", "create", "update"}},
	{Resource: suite.Secrets.Resource.GroupResource(), Verbs: []string{"get", "create", "update", "patch"}},
}

func TestOperatorRights(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The ServiceAccount of Gafaelfawr's operator may do in all namespaces what the operator does.",
		Cause: "Somebody edited the ClusterRole, or the ClusterRoleBinding names an account of another namespace: what is " +
			"there goes on, and new or changed resources have no effect. The chart of Gafaelfawr has both.",
		Needs: []suite.Feature{suite.Kubernetes},
	}, func(c *suite.Check) {
		for _, w := range c.Workloads() {
			if w.Meta.UID == "" || w.Path() != "gafaelfawr/deployment/gafaelfawr-operator" {
				continue
			}
			lacks := c.Lacks(w, operatorNeeds)
			switch {
			case len(lacks.Needs) == 0:
			case lacks.Role.Meta.Name != "":
				for _, n := range lacks.Needs {
					c.ExpectOf(lacks.Role, false, "to let the ServiceAccount "+w.Account().String()+" "+n.String(),
						"it may not "+n.String(),
						suite.Setting(n.Resource.String(), strings.Join(n.Verbs, ", "), ""))
				}
			case lacks.Lost.Meta.Name != "":
				c.ExpectOf(lacks.Lost, false, "the ClusterRole "+lacks.Lost.RoleRef.Name+", which it binds", "there is none",
					suite.Missing("ClusterRole"))
			default:
				c.ExpectOf(w, false, "a ClusterRoleBinding for its ServiceAccount "+w.Account().String(),
					"none names it, and it may not "+lacks.Needs[0].String(), suite.Missing("ClusterRoleBinding"))
			}
		}
	})
}
