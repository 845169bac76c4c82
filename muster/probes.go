package muster

import (
	"slices"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// ServiceName is the service to which Gafaelfawr delegates tokens at most probes,
// and for which it counts requests.
const ServiceName = "muster"

// OtherService is the service of the authorization probe, so that a token that
// Gafaelfawr made for the one service shows if it reaches the other.
const OtherService = "muster-authorization"

// QuotaService is the service that Phalanx gives a quota of one request a
// minute (gafaelfawr values.yaml, config.quota).
const QuotaService = "muster-quota"

// BotUser is the user of SQR-074, the only one that the username probe admits.
const BotUser = "bot-check-muster"

// LongLifetime in seconds is how long a token must live at the lifetime probe.
const LongLifetime = 3600

// DelegatedScopes are the scopes that the delegated-scopes probe requests.
var DelegatedScopes = []string{"read:image", "read:tap"}

// SeveralScopes are the scopes of the probes that want several.
var SeveralScopes = []string{"exec:portal", "read:tap"}

// Probe is one route of the server behind one configuration of a
// GafaelfawrIngress. All have the same handler. They differ in their ingress, and
// so in what the server may expect to see.
type Probe struct {
	// Name is the last part of the probe's paths.
	Name  string
	Title string
	// Explains says to a person what the probe shows.
	Explains string
	Config   gafaelfawr.IngressConfig
}

// JSONPath is the path of the report for programs, below the path prefix.
func (p Probe) JSONPath() string { return "/probes/" + p.Name }

// PagePath is the path of the report for people, below the path prefix.
func (p Probe) PagePath() string { return "/pages/" + p.Name }

// PageConfig is Config with a redirect to the login, for people without a
// session. Gafaelfawr's operator refuses that combination for anonymous
// ingresses, Basic challenges and refused cookies.
func (p Probe) PageConfig() gafaelfawr.IngressConfig {
	config := p.Config
	cookies := config.AllowCookies == nil || *config.AllowCookies
	if !config.Scopes.Anonymous && config.AuthType != "basic" && cookies {
		config.LoginRedirect = true
	}
	return config
}

// Anonymous reports whether the probe has no authentication.
func (p Probe) Anonymous() bool { return p.Config.Scopes.Anonymous }

// Delegates reports whether the probe gets a delegated token.
func (p Probe) Delegates() bool { return p.Config.Delegate != nil }

// Probes returns the table of all probes in the order of the index. Most need
// the scope. The first three are the probes of SQR-074.
func Probes(scope string) []Probe {
	with := func(change func(c *gafaelfawr.IngressConfig)) gafaelfawr.IngressConfig {
		c := gafaelfawr.IngressConfig{Scopes: gafaelfawr.Scopes{All: []string{scope}}, Service: ServiceName}
		change(&c)
		return c
	}
	delegated := func(scopes []string, change func(d *gafaelfawr.Delegate)) gafaelfawr.IngressConfig {
		return with(func(c *gafaelfawr.IngressConfig) {
			c.Delegate = &gafaelfawr.Delegate{Internal: &gafaelfawr.InternalToken{Service: ServiceName, Scopes: scopes}}
			change(c.Delegate)
		})
	}
	return []Probe{
		{"anonymous", "No authentication",
			"Open to everyone. Gafaelfawr's credentials must be removed before the request arrives here.",
			gafaelfawr.IngressConfig{Scopes: gafaelfawr.Scopes{Anonymous: true}}},
		{"authenticated", "Authentication without delegation",
			"Only for users with the scope. Shows what an application learns about its caller.",
			with(func(*gafaelfawr.IngressConfig) {})},
		{"delegated", "Delegated token",
			"The application receives a token of its own, with which it can ask Gafaelfawr who the caller is.",
			delegated([]string{}, func(*gafaelfawr.Delegate) {})},
		{"redirect", "Login redirect",
			"Without a session the caller is redirected to the login instead of being refused.",
			with(func(c *gafaelfawr.IngressConfig) { c.LoginRedirect = true })},
		{"authorization", "Delegated token in Authorization",
			"The delegated token is also in the Authorization header, for applications that only read that.",
			with(func(c *gafaelfawr.IngressConfig) {
				c.Service = OtherService
				c.Delegate = &gafaelfawr.Delegate{UseAuthorization: true,
					Internal: &gafaelfawr.InternalToken{Service: OtherService, Scopes: []string{}}}
			})},
		{"quota", "Request quota",
			"Requests count against a quota, by default one request a minute in Phalanx. A second request is refused.",
			with(func(c *gafaelfawr.IngressConfig) { c.Service = QuotaService })},
		{"basic", "Basic challenge",
			"A caller without credentials is asked for a user name and a password. The token can be either.",
			with(func(c *gafaelfawr.IngressConfig) { c.AuthType = "basic" })},
		{"cookieless", "Cookies refused",
			"A session cookie is not accepted here, only a token in the Authorization header.",
			with(func(c *gafaelfawr.IngressConfig) { c.AllowCookies = new(false) })},
		{"username", "One user only",
			"Only for the user " + BotUser + ", who needs the scope all the same.",
			with(func(c *gafaelfawr.IngressConfig) { c.Username = BotUser })},
		{"services", "Only for services",
			"Only for tokens that Gafaelfawr delegated to the service " + ServiceName + ".",
			with(func(c *gafaelfawr.IngressConfig) {
				c.Scopes.All, c.OnlyServices = []string{}, []string{ServiceName}
			})},
		{"delegated-scopes", "Delegated token with scopes",
			"The delegated token has the requested scopes that the caller has as well.",
			delegated(slices.Clone(DelegatedScopes), func(*gafaelfawr.Delegate) {})},
		{"notebook", "Notebook token",
			"The delegated token has all scopes of the caller, as a notebook needs them.",
			delegated(nil, func(d *gafaelfawr.Delegate) { d.Internal, d.Notebook = nil, &struct{}{} })},
		{"options", "OPTIONS allowed",
			"OPTIONS requests reach the application without authentication. Other methods do not.",
			with(func(c *gafaelfawr.IngressConfig) { c.AllowOptions = true })},
		{"lifetime", "Minimum lifetime",
			"The caller's token must live for another hour, so that the delegated token can.",
			delegated([]string{}, func(d *gafaelfawr.Delegate) { d.MinimumLifetime = LongLifetime })},
		{"all-scopes", "All of several scopes",
			"Only for users with every one of several scopes.",
			with(func(c *gafaelfawr.IngressConfig) { c.Scopes.All = slices.Clone(SeveralScopes) })},
		{"any-scope", "Any of several scopes",
			"For users with at least one of several scopes.",
			with(func(c *gafaelfawr.IngressConfig) {
				c.Scopes = gafaelfawr.Scopes{Any: slices.Clone(SeveralScopes)}
			})},
		{"user-domain", "The user of the host name",
			"Only for the user who is named as the first part of the host, who needs the scope all the same.",
			with(func(c *gafaelfawr.IngressConfig) { c.UserDomain = true })},
	}
}

// Route is one GafaelfawrIngress in front of Muster.
type Route struct {
	// Name of the resource and of the Ingress made of it.
	Name string
	// Path is the public path, prefix included; PathType is Exact or Prefix.
	Path, PathType string
	Config         gafaelfawr.IngressConfig
}

// Routes returns all GafaelfawrIngresses of Muster: one for the prefix, open to
// everyone; one for each probe's JSON and page; and those of Python Muster,
// which mobu requests.
func Routes(prefix, scope string) []Route {
	probes := Probes(scope)
	of := func(name string) gafaelfawr.IngressConfig { return findProbe(probes, name).Config }
	routes := []Route{
		{"muster-anonymous", prefix, "Prefix", of("anonymous")},
		{"muster-auth", prefix + "/auth/fail", "Exact", of("authenticated")},
		{"muster-redirect", prefix + "/auth/redirect", "Exact", of("redirect")},
		{"muster-quota", prefix + "/auth/quota", "Exact", of("quota")},
		{"muster-delegate", prefix + "/delegated/header", "Prefix", of("delegated")},
		{"muster-authorization", prefix + "/delegated/authorization", "Prefix", of("authorization")},
	}
	for _, p := range probes {
		routes = append(routes,
			Route{"muster-probe-" + p.Name, prefix + p.JSONPath(), "Exact", p.Config},
			Route{"muster-page-" + p.Name, prefix + p.PagePath(), "Exact", p.PageConfig()})
	}
	return routes
}

// findProbe returns the probe of that name. Another name panics.
func findProbe(probes []Probe, name string) *Probe {
	return &probes[slices.IndexFunc(probes, func(p Probe) bool { return p.Name == name })]
}
