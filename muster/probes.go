package muster

import (
	"slices"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// ServiceName is the service for which tokens are delegated to Muster, and
// under which Gafaelfawr counts its requests.
const ServiceName = "muster"

// QuotaService is the service that Phalanx gives a quota of one request a
// minute (gafaelfawr values.yaml, config.quota).
const QuotaService = "muster-quota"

// BotUser is the user of SQR-074: the one that the username probe lets in.
const BotUser = "bot-check-muster"

// LongLifetime in seconds is what the lifetime probe wants a token to live on.
const LongLifetime = 3600

// DelegatedScopes are what the delegated-scopes probe asks for.
var DelegatedScopes = []string{"read:image", "read:tap"}

// Probe is one route of the server behind one configuration of a
// GafaelfawrIngress. All have the same handler; they differ in what stands in
// front of them, and so in what the server may expect to see.
type Probe struct {
	// Name is the last part of the probe's paths.
	Name  string
	Title string
	// Explains says to a person what a visit shows.
	Explains string
	Config   gafaelfawr.IngressConfig
}

// JSONPath is where programs ask the probe, below the path prefix.
func (p Probe) JSONPath() string { return "/probes/" + p.Name }

// PagePath is where people visit the probe, below the path prefix.
func (p Probe) PagePath() string { return "/pages/" + p.Name }

// PageConfig is Config with a redirect to the login, for people without a
// session. Gafaelfawr's operator refuses that for anonymous ingresses, Basic
// challenges and where cookies are refused.
func (p Probe) PageConfig() gafaelfawr.IngressConfig {
	config := p.Config
	cookies := config.AllowCookies == nil || *config.AllowCookies
	if !config.Scopes.Anonymous && config.AuthType != "basic" && cookies {
		config.LoginRedirect = true
	}
	return config
}

// Anonymous reports whether the probe stands behind no authentication.
func (p Probe) Anonymous() bool { return p.Config.Scopes.Anonymous }

// Delegates reports whether Gafaelfawr gives this probe a token.
func (p Probe) Delegates() bool { return p.Config.Delegate != nil }

// Probes is the table of all probes that need scope, in the order in which the
// index shows them. The first three are those of SQR-074.
func Probes(scope string) []Probe {
	all := gafaelfawr.Scopes{All: []string{scope}}
	internal := &gafaelfawr.InternalToken{Service: ServiceName, Scopes: []string{}}
	no := false
	return []Probe{
		{
			Name: "anonymous", Title: "No authentication",
			Explains: "Anyone may visit. Credentials of Gafaelfawr must be taken off before the request arrives here.",
			Config:   gafaelfawr.IngressConfig{Scopes: gafaelfawr.Scopes{Anonymous: true}},
		},
		{
			Name: "authenticated", Title: "Authentication without delegation",
			Explains: "Only for users with the scope. Shows what Gafaelfawr tells an application about its caller.",
			Config:   gafaelfawr.IngressConfig{Scopes: all, Service: ServiceName},
		},
		{
			Name: "delegated", Title: "Delegated token",
			Explains: "The application receives a token of its own with which it can ask Gafaelfawr who the caller is.",
			Config:   gafaelfawr.IngressConfig{Scopes: all, Service: ServiceName, Delegate: &gafaelfawr.Delegate{Internal: internal}},
		},
		{
			Name: "redirect", Title: "Login redirect",
			Explains: "Without a session the caller is sent to the login instead of being refused.",
			Config:   gafaelfawr.IngressConfig{Scopes: all, Service: ServiceName, LoginRedirect: true},
		},
		{
			Name: "authorization", Title: "Delegated token in Authorization",
			Explains: "The delegated token also stands in the Authorization header, for applications that look only there.",
			Config: gafaelfawr.IngressConfig{Scopes: all, Service: ServiceName,
				Delegate: &gafaelfawr.Delegate{Internal: internal, UseAuthorization: true}},
		},
		{
			Name: "quota", Title: "Request quota",
			Explains: "Counted against a quota, one request a minute where Phalanx's default stands. A second visit is refused.",
			Config:   gafaelfawr.IngressConfig{Scopes: all, Service: QuotaService},
		},
		{
			Name: "basic", Title: "Basic challenge",
			Explains: "A caller without credentials is asked for a user name and a password; the token goes into either.",
			Config:   gafaelfawr.IngressConfig{Scopes: all, Service: ServiceName, AuthType: "basic"},
		},
		{
			Name: "cookieless", Title: "Cookies refused",
			Explains: "A session cookie does not count here; only a token in the Authorization header does.",
			Config:   gafaelfawr.IngressConfig{Scopes: all, Service: ServiceName, AllowCookies: &no},
		},
		{
			Name: "username", Title: "One user only",
			Explains: "Only for the user " + BotUser + ", whatever scopes others have.",
			Config:   gafaelfawr.IngressConfig{Scopes: all, Service: ServiceName, Username: BotUser},
		},
		{
			Name: "services", Title: "Only for services",
			Explains: "Only for tokens that Gafaelfawr delegated to the service " + ServiceName + ", not for a user's own.",
			Config:   gafaelfawr.IngressConfig{Scopes: gafaelfawr.Scopes{All: []string{}}, Service: ServiceName, OnlyServices: []string{ServiceName}},
		},
		{
			Name: "delegated-scopes", Title: "Delegated token with scopes",
			Explains: "The delegated token has those of the scopes asked for that the caller has as well.",
			Config: gafaelfawr.IngressConfig{Scopes: all, Service: ServiceName, Delegate: &gafaelfawr.Delegate{
				Internal: &gafaelfawr.InternalToken{Service: ServiceName, Scopes: slices.Clone(DelegatedScopes)}}},
		},
		{
			Name: "notebook", Title: "Notebook token",
			Explains: "The delegated token has all scopes of the caller, as a notebook needs it.",
			Config:   gafaelfawr.IngressConfig{Scopes: all, Service: ServiceName, Delegate: &gafaelfawr.Delegate{Notebook: &struct{}{}}},
		},
		{
			Name: "options", Title: "OPTIONS allowed",
			Explains: "OPTIONS requests reach the application without authentication, other methods do not.",
			Config:   gafaelfawr.IngressConfig{Scopes: all, Service: ServiceName, AllowOptions: true},
		},
		{
			Name: "lifetime", Title: "Minimum lifetime",
			Explains: "The caller's token must live for another hour, so that the delegated one can.",
			Config: gafaelfawr.IngressConfig{Scopes: all, Service: ServiceName,
				Delegate: &gafaelfawr.Delegate{Internal: internal, MinimumLifetime: LongLifetime}},
		},
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

// Routes are all GafaelfawrIngresses of Muster: one for the prefix, open to
// everyone, one for each probe's JSON and page, and those of the deployed
// Python Muster, which mobu's runner asks.
func Routes(prefix, scope string) []Route {
	all := gafaelfawr.Scopes{All: []string{scope}}
	internal := &gafaelfawr.InternalToken{Service: ServiceName, Scopes: []string{}}
	routes := []Route{
		{"muster-anonymous", prefix, "Prefix", gafaelfawr.IngressConfig{Scopes: gafaelfawr.Scopes{Anonymous: true}}},
		{"muster-auth", prefix + "/auth/fail", "Exact", gafaelfawr.IngressConfig{Scopes: all, Service: ServiceName}},
		{"muster-redirect", prefix + "/auth/redirect", "Exact", gafaelfawr.IngressConfig{Scopes: all, Service: ServiceName, LoginRedirect: true}},
		{"muster-quota", prefix + "/auth/quota", "Exact", gafaelfawr.IngressConfig{Scopes: all, Service: QuotaService}},
		{"muster-delegate", prefix + "/delegated/header", "Prefix", gafaelfawr.IngressConfig{Scopes: all, Service: ServiceName,
			Delegate: &gafaelfawr.Delegate{Internal: internal}}},
		{"muster-authorization", prefix + "/delegated/authorization", "Prefix", gafaelfawr.IngressConfig{Scopes: all, Service: ServiceName,
			Delegate: &gafaelfawr.Delegate{Internal: internal, UseAuthorization: true}}},
	}
	for _, p := range Probes(scope) {
		routes = append(routes,
			Route{"muster-probe-" + p.Name, prefix + p.JSONPath(), "Exact", p.Config},
			Route{"muster-page-" + p.Name, prefix + p.PagePath(), "Exact", p.PageConfig()})
	}
	return routes
}
