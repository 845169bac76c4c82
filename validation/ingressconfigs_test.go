package validation

import (
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lsst-sqre/muster/validation/suite"
)

func TestGafaelfawrIngressConfig(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "What a GafaelfawrIngress asks of callers can be met by some of them, and each makes an Ingress of its own.",
		Cause: "A typing error in the values of a chart, or a copy of another resource: Gafaelfawr's operator accepts each " +
			"by itself. The finding names the field.",
		Needs: []suite.Feature{suite.Kubernetes},
	}, func(c *suite.Check) {
		all := gafaelfawrIngresses(c)
		ownNames(c, all)
		possibleLifetimes(c, all)
		possibleServices(c, all)
		possibleScopes(c, all)
	})
}

// possibleScopes verifies that callers can have a scope that is asked for, and that each
// that is delegated exists. The operator verifies neither.
func possibleScopes(c *suite.Check, all []suite.GafaelfawrIngress) {
	known := c.KnownScopes()
	for _, g := range all {
		s := g.Config.Scopes
		none := s.All == nil && s.Any != nil && len(s.Any) == 0
		c.ExpectOf(g, !none, "a scope under scopes.any", "scopes.any is empty: nobody has one of no scopes, so that "+
			"everybody gets 403", suite.Setting("scopes.any", "", "[]"))
		if g.Config.Delegate == nil || g.Config.Delegate.Internal == nil || len(known) == 0 {
			continue
		}
		for _, scope := range g.Config.Delegate.Internal.Scopes {
			_, exists := known[scope]
			meant := suite.DidYouMean(scope, slices.Sorted(maps.Keys(known)))
			c.ExpectOf(g, exists, "scopes of knownScopes under delegate.internal.scopes",
				scope+" is none: no delegated token has it"+meant, suite.Setting("delegate.scopes", "", scope))
		}
	}
}

// ownNames verifies that no two resources make one Ingress. The operator writes it for
// each, so that the last one stays.
func ownNames(c *suite.Check, all []suite.GafaelfawrIngress) {
	first := map[string]suite.GafaelfawrIngress{}
	for _, g := range all {
		name := g.Namespace() + "/" + g.Template.Metadata.Name
		other, taken := first[name]
		c.ExpectOf(g, !taken, "a name of its own under template.metadata", "GafaelfawrIngress "+other.Meta.Name+
			" makes the Ingress "+name+", too: the paths of one of them are not served", suite.Conflict())
		first[name] = g
	}
}

// possibleLifetimes verifies that tokens can live as long as wanted. Gafaelfawr answers
// 422 where that is within five minutes of tokenLifetime or below five minutes, and
// nginx makes 500 of it.
func possibleLifetimes(c *suite.Check, all []suite.GafaelfawrIngress) {
	const margin = 5 * time.Minute
	life, known := c.TokenLifetime()
	for _, g := range all {
		if g.Config.Delegate == nil || g.Config.Delegate.MinimumLifetime == 0 {
			continue
		}
		wants := time.Duration(g.Config.Delegate.MinimumLifetime) * time.Second
		text := fmt.Sprintf("delegate.minimumLifetime is %s: Gafaelfawr refuses everybody, and nginx answers 500", wants)
		c.ExpectOf(g, wants >= margin, "five minutes or more", text,
			suite.Setting("minimumLifetime", ">= "+margin.String(), wants.String()))
		c.ExpectOf(g, !known || wants <= life-margin, "five minutes less than tokenLifetime, which is "+life.String(), text,
			suite.Setting("minimumLifetime", "<= "+(life-margin).String(), wants.String()))
	}
}

// possibleServices verifies onlyServices: a service gets its tokens by the delegation of
// some GafaelfawrIngress. One that is not installed is no error, a misspelt one is.
func possibleServices(c *suite.Check, all []suite.GafaelfawrIngress) {
	var delegated []string
	for _, g := range all {
		if d := g.Config.Delegate; d != nil && d.Internal != nil {
			delegated = append(delegated, d.Internal.Service)
		}
	}
	for _, g := range all {
		only := g.Config.OnlyServices
		if len(only) == 0 || slices.ContainsFunc(only, func(s string) bool { return slices.Contains(delegated, s) }) {
			continue
		}
		text := "no GafaelfawrIngress delegates tokens to " + strings.Join(only, ", ") + ", so that nobody passes"
		meant := ""
		for _, name := range only {
			meant += suite.DidYouMean(name, delegated)
		}
		if meant == "" {
			c.Remark("%s: %s", g, text)
			continue
		}
		c.ExpectOf(g, false, "services under onlyServices to which tokens are delegated", text+meant,
			suite.Setting("onlyServices", "", strings.Join(only, ", ")))
	}
}

func TestGafaelfawrSettings(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Gafaelfawr's configuration is for this host and leads to Gafaelfawr's Service, believes no client about its " +
			"own address, bars nobody from an application, and has whole HTML for its pages.",
		Cause: "The values of the environment: config.proxies with all addresses instead of the cluster's, a quota of " +
			"zero, which bars everybody, a baseInternalUrl with another Service or namespace, or a quotation mark that is " +
			"missing in config.errorFooter.",
		Needs: []suite.Feature{suite.Kubernetes},
	}, func(c *suite.Check) {
		config := c.GafaelfawrConfig()
		base, err := url.Parse(config.BaseURL)
		c.ExpectOf(config, config.BaseURL == "" || err == nil && strings.EqualFold(base.Hostname(), c.Env().Host()),
			"baseUrl with "+c.Env().Host(), "baseUrl is "+config.BaseURL,
			suite.Setting("baseUrl", c.Env().Host(), config.BaseURL))
		for _, network := range config.Proxies {
			c.ExpectOf(config, !everybody(network), "proxies with the networks of the cluster", "proxies has "+network+
				": a client's X-Forwarded-For is believed", suite.Setting("proxies", "", network))
		}
		c.ExpectOf(config, config.BaseInternalURL == "" || suite.LeadsToGafaelfawr(config.BaseInternalURL),
			"a baseInternalUrl of Gafaelfawr's Service", "baseInternalUrl is "+config.BaseInternalURL+
				": so the operator writes the auth-url of every Ingress", suite.Setting("baseInternalUrl", "", ""))
		for _, g := range gafaelfawrIngresses(c) {
			service := g.Config.Service
			c.ExpectOf(g, service == "" || !config.Barred(service), "a quota for the service "+service,
				"it is zero for everybody, so that Gafaelfawr answers 403", suite.Setting("quota", service, "0"))
		}
		for _, unusual := range config.Unusual() {
			c.Remark("%s: %s", config, unusual)
		}
		tokens := suite.TryList(c, suite.GafaelfawrServiceTokens, "")
		if scopes := config.Ungranted(gafaelfawrIngresses(c), tokens); len(scopes) > 0 {
			c.Remark("%s: no group under groupMapping and no GafaelfawrServiceToken has %s, which GafaelfawrIngresses ask for: "+
				"only tokens that an administrator makes open these paths", config, strings.Join(scopes, ", "))
		}
		defect := suite.DefectOfHTML(config.ErrorFooter)
		c.ExpectOf(config, defect == "", "whole HTML under errorFooter", defect, suite.Setting("errorFooter", "", defect))
	})
}

// everybody reports whether a network has addresses of the whole Internet.
func everybody(network string) bool {
	p, err := netip.ParsePrefix(network)
	return err == nil && p.Bits() < 8
}

func TestSnippets(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Every snippet of an Ingress, and of the controller's ConfigMap, is one that nginx can read.",
		Cause: "A ; or a brace is missing: nginx then keeps its old configuration, and no new or changed Ingress of any " +
			"application is served. Correct the snippet where the chart has it.",
		Needs: []suite.Feature{suite.IngressNginx},
	}, func(c *suite.Check) {
		for _, i := range c.Ingresses() {
			for _, name := range []string{"configuration-snippet", "server-snippet", "auth-snippet"} {
				defect := suite.SnippetDefect(suite.Annotation(i, name))
				c.ExpectOf(i, defect == "", "a "+name+" that nginx can read", name+": "+defect,
					suite.Setting(name, "", defect))
			}
		}
		config := c.ControllerConfig()
		for _, name := range []string{"server-snippet", "location-snippet", "http-snippet", "main-snippet"} {
			defect := suite.SnippetDefect(config.Data[name])
			c.ExpectOf(config, defect == "", "a "+name+" that nginx can read", name+": "+defect,
				suite.Setting(name, "", defect))
		}
	})
}
