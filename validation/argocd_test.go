package validation

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lsst-sqre/muster/validation/suite"
)

func TestApplications(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Argo CD has every Application of the environment and compares it regularly, and none is being deleted.",
		Cause: "None at all: the selector does not match, such as the name of another app of apps. One missing: the " +
			"app of apps was not synced since it was enabled. None was compared for half an hour: Argo CD's application " +
			"controller or its Redis does not work, although its pods may be ready.",
		Needs: []suite.Feature{suite.ArgoCD},
	}, func(c *suite.Check) {
		var found []string
		all, limit := applications(c), c.ReconcileLimit()
		for _, a := range all {
			found = append(found, a.Meta.Name)
			c.Remark("%s %s %s", a.Meta.Name, a.Status.Health.Status, a.Status.Sync.Status)
			about(c, a, "an Application that stays", a.DeletionTrouble(time.Now()))
			about(c, a, "Argo CD to look at it every few minutes", a.StaleTrouble(all, limit))
		}
		stale := suite.ArgoCDTrouble(all, time.Now(), limit)
		c.Expect(stale.OK(), nil, "Argo CD to look at the Applications every few minutes", stale.Text,
			suite.State(stale.State))
		for _, name := range c.Env().ArgoCD.Applications {
			if !slices.Contains(found, name) {
				there := strings.Join(found, ", ") + elsewhere(c, name)
				c.Expect(false, nil, "the Application "+name, "it does not exist; there are "+there, suite.Missing("Application"))
			}
		}
	})
}

// elsewhere names the Applications of that name in other namespaces or with other
// labels.
func elsewhere(c *suite.Check, name string) string {
	for _, a := range suite.TryList(c, suite.Applications, "") {
		if a.Meta.Name == name {
			return fmt.Sprintf("; there is %s, which argocd.namespace %s with argocd.selector %s does not find", a,
				c.Env().ArgoCD.Namespace, c.Env().ArgoCD.Selector)
		}
	}
	return ""
}

// about judges an Application. Where the environment names those that must
// exist, what others do is only remarked.
func about(c *suite.Check, a suite.Application, expected string, trouble suite.Trouble) bool {
	if wanted := c.Env().ArgoCD.Applications; !trouble.OK() && len(wanted) > 0 && !slices.Contains(wanted, a.Meta.Name) {
		c.Remark("%s, which the environment does not name: %s", a, trouble.Text)
		return true
	}
	return c.Judge(a, expected, trouble)
}

// applications are those of the environment; without any the check ends.
func applications(c *suite.Check) []suite.Application {
	argo := c.Env().ArgoCD
	all := c.ApplicationsOfEnvironment()
	c.Must(len(all) > 0, nil, "Applications in namespace "+argo.Namespace,
		fmt.Sprintf("none with the selector %q", argo.Selector), suite.Missing("Application"))
	return all
}

func TestApplicationHealth(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Every Application is Healthy, or has been Progressing or in a sync for less than ten minutes.",
		Cause: "Progressing for longer: a rollout that cannot end, a Job that is stuck, an Ingress that never gets an " +
			"address. Degraded: one of its objects, which kubectl describe explains. No health at all: Argo CD has not " +
			"compared it yet.",
		Needs: []suite.Feature{suite.ArgoCD},
	}, func(c *suite.Check) {
		for _, a := range applications(c) {
			trouble := a.HealthTrouble(time.Now(), c.Grace())
			if trouble.OK() {
				continue
			}
			if sick := c.SickObjects(a); sick != "" {
				trouble.Text += "; " + sick
			}
			seen := a.Status.ReconciledAt
			if started := c.ControllerStarted(); !about(c, a, "Healthy", trouble) && !seen.IsZero() &&
				seen.Time.Before(started) {
				c.Remark("%s: its status is older than the Argo CD controller, which started at %s", a,
					started.UTC().Format(time.RFC3339))
			}
		}
	})
}

func TestApplicationSync(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Every Application is Synced: the cluster has what Git declares.",
		Cause: "OutOfSync: not synced since a change, or something else writes the resources named. Unknown: Argo CD " +
			"cannot make the manifests, which the conditions explain. List Applications that are never in sync under " +
			"argocd.outOfSync.",
		Needs: []suite.Feature{suite.ArgoCD},
	}, func(c *suite.Check) {
		for _, a := range applications(c) {
			if a.Status.Sync.Status == "OutOfSync" && slices.Contains(c.Env().ArgoCD.OutOfSync, a.Meta.Name) {
				continue
			}
			about(c, a, "Synced", a.SyncTrouble(time.Now(), c.Grace()))
			about(c, a, "objects of its own", a.SharedTrouble())
		}
	})
}

func TestApplicationValues(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "All Applications are installed with the values of one environment: its file of values, its host, its path " +
			"in Vault. None is overridden in Argo CD.",
		Cause: "An Application was made by hand, or comes from the app of apps of another environment: it uses hosts, " +
			"secrets and sizes that are not of this one. Sync the app of apps.",
		Needs: []suite.Feature{suite.ArgoCD},
	}, func(c *suite.Check) {
		all, count := applications(c), map[[2]string]int{}
		for _, a := range all {
			for name, value := range a.Values() {
				count[[2]string{name, value}]++
			}
		}
		usual := map[string]string{}
		for _, pair := range slices.SortedFunc(maps.Keys(count), func(a, b [2]string) int {
			return cmp.Or(count[a]-count[b], strings.Compare(a[1], b[1]))
		}) {
			usual[pair[0]] = pair[1] // the most frequent comes last
		}
		for _, a := range all {
			about(c, a, "values from Git and the app of apps alone", a.OverrideTrouble())
			for name, value := range a.Values() {
				about(c, a, "the "+name+" of the others, "+usual[name], differs(name, value, usual[name]))
			}
		}
	})
}

func differs(name, value, usual string) suite.Trouble {
	if value == usual {
		return suite.Trouble{}
	}
	return suite.Trouble{State: "values", Text: name + " " + value}
}

func TestApplicationOperation(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The last sync of every Application ended without a failure, and no sync waits to begin.",
		Cause: "Failed with a healthy Application: a hook (such as Gafaelfawr's schema update) failed and the " +
			"former version goes on. Running for long: a hook that does not end.",
		Needs: []suite.Feature{suite.ArgoCD},
	}, func(c *suite.Check) {
		for _, a := range applications(c) {
			about(c, a, "a last sync that is over and did not fail", a.OperationTrouble(time.Now(), c.Grace()))
			if o := a.Status.Operation; o != nil && o.Phase == "Succeeded" && o.Retries > 0 {
				c.Remark("%s: its last sync succeeded at try %d", a, o.Retries+1)
			}
		}
	})
}

func TestArgoCDPage(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Argo CD's page at /argo-cd answers, and its API tells nothing to who has not logged in.",
		Cause: "A loop of redirects: Argo CD expects TLS itself (server.insecure is not set). 404: its Ingress is " +
			"not served. 503: argocd-server is not ready. 200 of its API: users.anonymous.enabled in argocd-cm.",
		Needs: []suite.Feature{suite.ArgoCD},
	}, func(c *suite.Check) {
		a := c.Get(c.Site("/argo-cd"), suite.Anonymous)
		for range 2 {
			if path, ok := c.PathOf(a.Header.Get("Location")); ok && a.Code/100 == 3 {
				a = c.Get(c.Site(path), suite.Anonymous)
			}
		}
		a.Status(200)
		c.Expect(strings.HasPrefix(a.Header.Get("Content-Type"), "text/html"), a, "a page (text/html)", a.Excerpt())
		for _, path := range []string{"applications", "clusters", "repositories"} {
			a := c.Get(c.Site("/argo-cd/api/v1/"+path), suite.Anonymous)
			tells := a.Code == 200 && strings.HasPrefix(a.Header.Get("Content-Type"), "application/json")
			c.Closed(!tells, a, "Argo CD to ask for a login", "it tells its "+path+" to everybody",
				suite.Permission("Argo CD's API", "nobody", a.Code, 401))
		}
	})
}
