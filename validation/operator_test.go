package validation

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/suite"
)

func TestGafaelfawrIngressStatus(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Gafaelfawr's operator has accepted every GafaelfawrIngress.",
		Cause: "False: the message says what it refuses; a former Ingress keeps serving. No status: its model " +
			"refuses the resource and only an event tells why, or the operator does not run. Argo CD shows neither.",
		Needs: []suite.Feature{suite.Kubernetes},
	}, func(c *suite.Check) {
		ingresses := ingressesByID(c)
		for _, g := range gafaelfawrIngresses(c) {
			i, served := ingresses[g.Namespace()+"/"+g.Template.Metadata.Name]
			// The operator leaves the status of a refusal as it was when the resource is
			// corrected to what it was before, because it then has nothing to do.
			if _, stale := g.Stale(); stale && served && len(suite.Differences(g, i, c.Env().Host())) == 0 {
				c.Remark("%s has its Ingress; its status is of an earlier version", g)
				continue
			}
			accepted(c, g.Object, g.Status.Create)
		}
	})
}

// ingressesByID are all Ingresses by namespace and name.
func ingressesByID(c *suite.Check) map[string]suite.Ingress {
	all := map[string]suite.Ingress{}
	for _, i := range suite.List(c, suite.Ingresses, "", "") {
		all[i.ID()] = i
	}
	return all
}

// gafaelfawrIngresses are all; without any the check ends.
func gafaelfawrIngresses(c *suite.Check) []suite.GafaelfawrIngress {
	all := suite.NoCanaries(c, suite.List(c, suite.GafaelfawrIngresses, "", ""))
	c.Must(len(all) > 0, nil, "GafaelfawrIngresses in the cluster", "there is none, so nothing is protected",
		suite.Missing("GafaelfawrIngress"))
	return all
}

// accepted verifies the status that the operator wrote; a new resource may
// still be without.
func accepted(c *suite.Check, o suite.Object, status *suite.Condition) {
	switch {
	case status != nil:
		c.ExpectOf(o, status.Status == "True", "status True", "status "+status.Status+": "+status.Message,
			suite.ByCondition(*status))
	case c.Settled(o):
		events := c.EventsOf(o)
		c.ExpectOf(o, false, "a status after a minute", "none for "+o.Age().Round(time.Second).String()+"; "+events,
			suite.NoStatus(events))
	}
}

func TestOperatorIngresses(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Every GafaelfawrIngress has an Ingress that matches it exactly.",
		Cause: "Missing: the operator does not run, or refuses the resource. Different: someone edited the Ingress, " +
			"the operator may not change it or a webhook refuses it (the event says so), or the operator no longer reacts " +
			"to changes; it rewrites everything when it restarts: kubectl -n gafaelfawr rollout restart " +
			"deployment/gafaelfawr-operator.",
		Needs: []suite.Feature{suite.Kubernetes},
	}, func(c *suite.Check) {
		ingresses := ingressesByID(c)
		for _, g := range gafaelfawrIngresses(c) {
			name := g.Namespace() + "/" + g.Template.Metadata.Name
			i, ok := ingresses[name]
			if !ok {
				events := c.EventsOf(g.Object)
				c.ExpectOf(g, !c.Settled(g.Object), "the Ingress "+name, "there is none; "+events,
					suite.MissingIngress(events).At(suite.PathsOf(g.Template.Spec.Rules)))
				continue
			}
			since, stale := g.Stale()
			events := ""
			if stale {
				if events = c.EventsOf(g.Object); events != suite.NoEvents {
					since = "; " + events // which say why
				}
			}
			paths := suite.PathsOf(g.Template.Spec.Rules, i.Spec.Rules)
			for _, d := range suite.Differences(g, i, c.Env().Host()) {
				c.ExpectOf(i, false, "what GafaelfawrIngress "+g.Meta.Name+" asks for", d.Text+since,
					suite.Difference(d.Field, d.Got, stale).At(paths).Told(events))
			}
		}
	})
}

func TestServiceTokens(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Gafaelfawr's operator has accepted every GafaelfawrServiceToken.",
		Cause: "The message says what it refuses: a user that does not begin with bot-, a scope that Gafaelfawr does not " +
			"know, (403) that Kubernetes does not let the operator write Secrets, or that the Secret is immutable.",
		Needs: []suite.Feature{suite.Kubernetes},
	}, func(c *suite.Check) {
		for _, s := range suite.Some(c, suite.List(c, suite.GafaelfawrServiceTokens, "", ""), "GafaelfawrServiceTokens") {
			accepted(c, s.Object, s.Status.Create)
			if s.Status.Periodic != nil {
				accepted(c, s.Object, s.Status.Periodic)
			}
		}
	})
}

func TestServiceTokenSecrets(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The Secret of every GafaelfawrServiceToken holds a token that Gafaelfawr accepts, for that user and " +
			"with those scopes.",
		Cause: "The token was revoked or Gafaelfawr's storage lost it: the operator looks once an hour and makes a " +
			"new one; delete the Secret to have it at once. The application reads it when it starts.",
		Needs: []suite.Feature{suite.Kubernetes, suite.ReadSecrets},
	}, func(c *suite.Check) {
		for _, s := range suite.Some(c, suite.List(c, suite.GafaelfawrServiceTokens, "", ""), "GafaelfawrServiceTokens") {
			secret, ok := suite.Get(c, suite.Secrets, s.Namespace(), s.Meta.Name)
			if !ok {
				c.ExpectOf(s, !c.Settled(s.Object), "a Secret of its name", "there is none; "+c.EventsOf(s.Object),
					suite.Missing("Secret"))
				continue
			}
			info, err := c.TokenIn(secret, "token")
			reason := suite.Because(err)
			if errors.Is(err, suite.ErrNoToken) {
				reason = suite.Unusable(suite.NoToken)
			}
			if !c.ExpectOf(s, err == nil, "a valid token in its Secret", fmt.Sprint(err), reason) {
				continue
			}
			c.ExpectOf(s, info.Username == s.Spec.Service, "a token of "+s.Spec.Service, "one of "+info.Username,
				suite.WrongUser())
			got, want := slices.Sorted(slices.Values(info.Scopes)), slices.Sorted(slices.Values(s.Spec.Scopes))
			c.ExpectOf(s, slices.Equal(got, want),
				"the scopes "+strings.Join(want, ", "), "the scopes "+strings.Join(got, ", "), suite.Value("scopes", want, got))
		}
	})
}

func TestCanary(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "A GafaelfawrIngress made now is served in time (-settle, a minute), and refuses a caller without " +
			"credentials. Its Ingress is what it asks for, follows an edit, and ends with it.",
		Cause: "No Ingress: the operator does not run. An Ingress that is not served: nginx cannot load some other " +
			"Ingress (TestControllerReload), so nothing new appears. Different: Gafaelfawr's version has a defect that does " +
			"not show in the Ingresses of before. No edit: the operator may not patch Ingresses.",
		Needs:  []suite.Feature{suite.Kubernetes},
		Writes: true,
		Takes:  sweepTime,
	}, func(c *suite.Check) {
		canary, namespace := c.MakeCanary()
		served := c.Await(c.Settling(), "401 at "+canary.Path, "a new Ingress", func() error {
			if a := c.Get(canary, suite.Anonymous); a.Code != 401 {
				return errors.New(a.Excerpt())
			}
			return nil
		})
		ingresses := suite.List(c, suite.Ingresses, namespace, "")
		for _, g := range suite.List(c, suite.GafaelfawrIngresses, namespace, "") {
			if len(ingresses) == 0 {
				events := c.EventsOf(g.Object)
				c.ExpectOf(g, false, "an Ingress of a new GafaelfawrIngress", "there is none; "+events,
					suite.MissingIngress(events))
			}
			for _, i := range ingresses {
				c.ExpectOf(i, served, "an Ingress that is served", "it is there and not served",
					suite.Value("a new Ingress is served", true, served))
				for _, d := range suite.Differences(g, i, c.Env().Host()) {
					c.ExpectOf(i, false, "what a new GafaelfawrIngress asks for", d.Text, suite.Difference(d.Field, d.Got, false))
				}
			}
		}
		if len(ingresses) > 0 {
			c.EditCanary(namespace, canary, func() bool { return followed(c, namespace) })
		}
	})
}

// followed reports whether the canary's Ingress follows an edit. An operator that makes
// Ingresses, and does not change them, shows in others only when somebody edits them.
func followed(c *suite.Check, namespace string) bool {
	return c.Await(c.Settling(), "an Ingress that follows an edit of its GafaelfawrIngress", "an edit", func() error {
		for _, g := range suite.ListNow(c, suite.GafaelfawrIngresses, namespace) {
			for _, i := range suite.ListNow(c, suite.Ingresses, namespace) {
				for _, d := range suite.Differences(g, i, c.Env().Host()) {
					return fmt.Errorf("%s; %s", d.Text, c.EventsOf(g.Object))
				}
			}
		}
		return nil
	})
}

func TestIngressOptions(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Kubernetes takes every option of a GafaelfawrIngress that Gafaelfawr has.",
		Cause: "The CustomResourceDefinition gafaelfawringresses.gafaelfawr.lsst.io was edited, or is of another release " +
			"than Gafaelfawr: no GafaelfawrIngress with that option can be made or changed. Sync the Application gafaelfawr.",
		Needs:  []suite.Feature{suite.Kubernetes},
		Writes: true, // it asks as if it did
	}, func(c *suite.Check) {
		for _, o := range c.RefusedOptions() {
			c.Expect(false, nil, "a GafaelfawrIngress with the option "+o.Name+" to be taken", o.Why,
				suite.Setting(o.Name, "", "refused"))
		}
	})
}

func TestOperatorSingle(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Gafaelfawr's operator has one pod, which ends before the next one starts; each Redis has one pod.",
		Cause: "Two operators write the same Secrets and Ingresses in turn, so that service tokens change under the " +
			"applications that use them. Phalanx has one replica and the strategy Recreate.",
		Needs: []suite.Feature{suite.Kubernetes},
	}, func(c *suite.Check) {
		for _, w := range c.Workloads() {
			wanted := w.Wanted
			if redis(w) {
				c.ExpectOf(w, wanted <= 1, "one pod", fmt.Sprintf("%d pods, of which each knows other tokens", wanted),
					suite.PodCount(1, int(wanted)))
			}
			if w.Meta.UID == "" || w.Path() != "gafaelfawr/deployment/gafaelfawr-operator" {
				continue
			}
			c.ExpectOf(w, wanted <= 1, "one pod", fmt.Sprintf("%d pods at once", wanted), suite.PodCount(1, int(wanted)))
			c.ExpectOf(w, w.Strategy == "Recreate", "the strategy Recreate",
				"the strategy "+w.Strategy+", so that two run during a rollout", suite.Setting("strategy", "Recreate", w.Strategy))
		}
	})
}

func TestQuotaNotCached(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "No GafaelfawrIngress of a service with a quota caches answers (authCacheDuration).",
		Cause: "While ingress-nginx has a cached answer it does not ask Gafaelfawr, so Gafaelfawr counts nothing.",
		Needs: []suite.Feature{suite.Kubernetes},
	}, func(c *suite.Check) {
		info, err := c.API().UserInfo(c.Context(), c.Scoped().Token)
		c.NoError(err, "user information, which tells the quotas")
		if info.Quota == nil || len(info.Quota.API) == 0 {
			c.Skip("there are no quotas for services")
		}
		for _, g := range gafaelfawrIngresses(c) {
			quota, limited := info.Quota.API[g.Config.Service]
			c.ExpectOf(
				g,
				!limited || g.Config.AuthCacheDuration == "",
				"no authCacheDuration",
				fmt.Sprintf("authCacheDuration %s, with a quota of %d a minute for the service %s", g.Config.AuthCacheDuration,
					quota, g.Config.Service),
				suite.Setting("authCacheDuration", "", g.Config.AuthCacheDuration),
			)
		}
	})
}

func TestScopesKnown(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Gafaelfawr knows every scope that its configuration maps to groups, and those of its ConfigMap.",
		Cause: "A scope was renamed or mistyped in config.groupMapping, or removed from config.knownScopes: the " +
			"members of those groups log in without it, and get 403, while bots are fine.",
		Needs: []suite.Feature{suite.Kubernetes},
	}, func(c *suite.Check) {
		config := c.GafaelfawrConfig()
		c.ExpectOf(config, len(config.GroupMapping) > 0, "groups for scopes under groupMapping",
			"groupMapping is empty, so that nobody who logs in gets a scope", suite.Setting("groupMapping", "", ""))
		for scope, groups := range config.GroupMapping {
			_, known := config.KnownScopes[scope]
			c.ExpectOf(config, known, "the scope "+scope+" of groupMapping in knownScopes",
				fmt.Sprintf("%s, which is for %v, is not there", scope, groups), suite.Setting("knownScopes", scope, ""))
		}
		var ordinary []string // the token gets no right of an administrator
		for _, scope := range slices.Sorted(maps.Keys(config.KnownScopes)) {
			if !strings.HasPrefix(scope, "admin:") {
				ordinary = append(ordinary, scope)
			}
		}
		_, err := c.CreateToken(suite.Spec{Name: "known-scopes", Scopes: ordinary})
		if api, ok := errors.AsType[*gafaelfawr.APIError](err); ok && strings.Contains(api.Body.String(), "invalid_scopes") {
			c.ExpectOf(config, false, "scopes that Gafaelfawr knows", "Gafaelfawr does not know all of "+
				strings.Join(ordinary, ", ")+": it runs with another configuration", suite.Overdue("restart"))
		}
	})
}
