package validation

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lsst-sqre/muster/validation/suite"
)

func TestApplications(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "Argo CD has every Application of the environment.",
		Cause: "None at all: the selector does not match, such as the name of another app of apps, and whoever waits for them waits for nothing. One missing: the app of apps was not synced since it was enabled.",
		Needs: []suite.Feature{suite.ArgoCD},
	}, func(c *suite.Check) {
		var found []string
		for _, a := range applications(c) {
			found = append(found, a.Meta.Name)
			c.Remark("%s %s %s", a.Meta.Name, a.Status.Health.Status, a.Status.Sync.Status)
		}
		for _, name := range c.Env().ArgoCD.Applications {
			c.Expect(slices.Contains(found, name), nil, "the Application "+name, "it does not exist; there are "+strings.Join(found, ", "), suite.Missing("Application"))
		}
	})
}

// about judges an Application. Where the environment names those that must
// exist, what others do is only remarked.
func about(c *suite.Check, a suite.Application, ok bool, expected, actual string, reason suite.Reason) bool {
	if wanted := c.Env().ArgoCD.Applications; !ok && len(wanted) > 0 && !slices.Contains(wanted, a.Meta.Name) {
		c.Remark("%s, which the environment does not name: %s", a, actual)
		return true
	}
	return c.ExpectOf(a, ok, expected, actual, reason)
}

// applications are those of the environment; without any the check ends.
func applications(c *suite.Check) []suite.Application {
	argo := c.Env().ArgoCD
	all := c.ApplicationsOfEnvironment()
	c.Must(len(all) > 0, nil, "Applications in namespace "+argo.Namespace, fmt.Sprintf("none with the selector %q", argo.Selector), suite.Missing("Application"))
	return all
}

func TestApplicationHealth(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "Every Application is Healthy, or has been Progressing for less than ten minutes.",
		Cause: "Progressing for longer: a rollout that cannot end, a Job that is stuck, an Ingress that never gets an address. Degraded: the resources named. Nothing at all: Argo CD has not looked at it yet.",
		Needs: []suite.Feature{suite.ArgoCD},
	}, func(c *suite.Check) {
		for _, a := range applications(c) {
			h := a.Status.Health
			state := strings.TrimSpace(h.Status+" "+h.Message) + sick(a)
			if h.Status == "" {
				state = "no health: Argo CD has not looked at it yet" + sick(a)
			}
			progressing, ok := a.ProgressingFor()
			if ok {
				state = fmt.Sprintf("%s, for %s", state, progressing.Round(time.Second))
			}
			if ok && progressing < suite.ProgressDeadline { // as after every change
				c.Remark("%s: %s (-wait waits for it)", a, state)
				continue
			}
			ok = about(c, a, h.Status == "Healthy", "Healthy", state, suite.State(h.Status))
			if started := c.ControllerStarted(); !ok && a.Status.ReconciledAt.Time.Before(started) {
				c.Remark("%s: its status is older than the Argo CD controller, which started at %s", a, started)
			}
		}
	})
}

// sick are the first of the resources that are not as they should be.
func sick(a suite.Application) string {
	var parts []string
	for _, r := range a.Status.Resources {
		name := r.Kind + " " + r.Namespace + "/" + r.Name
		switch {
		case r.Health != nil && r.Health.Status != "" && r.Health.Status != "Healthy":
			parts = append(parts, strings.TrimSpace(name+" "+r.Health.Status+" "+r.Health.Message))
		case r.Status != "" && r.Status != "Synced":
			parts = append(parts, name+" "+r.Status)
		}
	}
	for _, condition := range a.Status.Conditions {
		parts = append(parts, condition.String())
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts[:min(len(parts), 5)], "; ")
}

func TestApplicationSync(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "Every Application is Synced: what runs is what Git says.",
		Cause: "OutOfSync: not synced since a change, or something else writes the resources named. Unknown: Argo CD cannot make the manifests, which the conditions explain. What never is in sync belongs under argocd.outOfSync.",
		Needs: []suite.Feature{suite.ArgoCD},
	}, func(c *suite.Check) {
		for _, a := range applications(c) {
			status := a.Status.Sync.Status
			allowed := status == "OutOfSync" && slices.Contains(c.Env().ArgoCD.OutOfSync, a.Meta.Name)
			about(c, a, status == "Synced" || allowed, "Synced", status+sick(a), suite.State(status))
		}
	})
}

func TestApplicationOperation(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "The last sync of every Application is over and has not failed, and none waits to be begun.",
		Cause: "Failed with a healthy Application: a hook (such as Gafaelfawr's schema update) failed and the former version goes on. Running for long: a hook that does not end.",
		Needs: []suite.Feature{suite.ArgoCD},
	}, func(c *suite.Check) {
		for _, a := range applications(c) {
			about(c, a, len(a.Operation) == 0, "no sync that waits", "one was asked for and Argo CD has not begun it", suite.State("waiting"))
			if o := a.Status.Operation; o != nil {
				about(c, a, o.Phase == "Succeeded", "the last sync Succeeded", strings.TrimSpace(o.Phase+": "+o.Message), suite.State(o.Phase))
				if o.Retries > 0 {
					c.Remark("%s: its last sync succeeded at try %d", a, o.Retries+1)
				}
			}
		}
	})
}

func TestArgoCDPage(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "Argo CD's page at /argo-cd answers.",
		Cause: "A loop of redirects: Argo CD expects TLS itself (server.insecure is not set). 404: its Ingress is not served. 503: argocd-server is not ready.",
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
	})
}
