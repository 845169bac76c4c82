package kubernetes

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// GafaelfawrConfigMap names the ConfigMap with Gafaelfawr's configuration, and
// its namespace.
const GafaelfawrConfigMap = "gafaelfawr"

// GafaelfawrConfig is the part of Gafaelfawr's configuration that checks read.
type GafaelfawrConfig struct {
	Object      `yaml:"-"`
	KnownScopes map[string]string `yaml:"knownScopes"`
	// GroupMapping has the groups for each scope: names, or teams of GitHub.
	GroupMapping map[string]any `yaml:"groupMapping"`
	// TokenLifetime is how long tokens of a login live, as text.
	TokenLifetime string `yaml:"tokenLifetime"`
	// BaseURL is where people and clients reach the deployment.
	BaseURL string `yaml:"baseUrl"`
	// Proxies are the networks whose word for the address of a client counts.
	Proxies []string `yaml:"proxies"`
	// BaseInternalURL is where ingress-nginx asks Gafaelfawr. The operator writes it into Ingresses.
	BaseInternalURL string `yaml:"baseInternalUrl"`
	// ErrorFooter is HTML at the end of pages of failed logins.
	ErrorFooter string `yaml:"errorFooter"`
	Quota       struct {
		Default quotaOf            `yaml:"default"`
		Groups  map[string]quotaOf `yaml:"groups"`
	} `yaml:"quota"`
}

// quotaOf has requests a minute for each service, and whether labs may be started.
type quotaOf struct {
	API      map[string]int `yaml:"api"`
	Notebook *struct {
		Spawn *bool `yaml:"spawn"`
	} `yaml:"notebook"`
}

// refusesLabs reports whether a quota switches labs off.
func (q quotaOf) refusesLabs() bool {
	return q.Notebook != nil && q.Notebook.Spawn != nil && !*q.Notebook.Spawn
}

// longLifetime is longer than tokens of a login live in any environment of Phalanx.
const longLifetime = 100 * 24 * time.Hour

// Unusual returns what a site may want, and what no environment of Phalanx has: in
// sentences.
func (c GafaelfawrConfig) Unusual() (all []string) {
	if life, known := c.Lifetime(); known && life > longLifetime {
		all = append(all, "tokenLifetime is "+c.TokenLifetime+": a session that was stolen works for so long "+
			"(Phalanx has 14d)")
	}
	if c.Quota.Default.refusesLabs() {
		all = append(all, "quota.default.notebook.spawn is false: nobody may start a lab whom no group and no bypass allows")
	}
	for _, name := range slices.Sorted(maps.Keys(c.Quota.Groups)) {
		if c.Quota.Groups[name].refusesLabs() {
			all = append(all, "quota.groups."+name+".notebook.spawn is false: its members may not start a lab")
		}
	}
	return all
}

// Ungranted returns the scopes that GafaelfawrIngresses ask for, and that nobody gets by
// logging in or as a service: no group of groupMapping and no GafaelfawrServiceToken has
// them. Where one of several scopes suffices, all of them are.
func (c GafaelfawrConfig) Ungranted(ingresses []GafaelfawrIngress, services []GafaelfawrServiceToken) []string {
	granted := func(scope string) bool {
		_, mapped := c.GroupMapping[scope]
		return mapped || scope == "user:token" || // every login has it
			slices.ContainsFunc(services, func(s GafaelfawrServiceToken) bool { return slices.Contains(s.Spec.Scopes, scope) })
	}
	var all []string
	for _, g := range ingresses {
		for _, scope := range g.Config.Scopes.All {
			if !granted(scope) {
				all = append(all, scope)
			}
		}
		if !slices.ContainsFunc(g.Config.Scopes.Any, granted) {
			all = append(all, g.Config.Scopes.Any...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Barred reports whether the quota of a service is zero, and no group has more: then
// Gafaelfawr lets nobody in.
func (c GafaelfawrConfig) Barred(service string) bool {
	limit, limited := c.Quota.Default.API[service]
	for _, group := range c.Quota.Groups {
		limit = max(limit, group.API[service])
	}
	return limited && limit == 0
}

// DefectOfHTML returns what is wrong with a piece of HTML, or "": a tag without its end,
// or a quotation mark in one without its second.
func DefectOfHTML(text string) string {
	for {
		_, after, found := strings.Cut(text, "<")
		if !found {
			return ""
		}
		tag, rest, ended := strings.Cut(after, ">")
		switch {
		case !ended:
			return "the tag <" + tag + " has no >"
		case strings.Count(tag, `"`)%2 != 0 || strings.Contains(tag, "<"):
			return "the tag <" + tag + "> lacks a quotation mark"
		}
		text = rest
	}
}

var (
	lifetimePart = regexp.MustCompile(`(\d+)\s*(weeks?|w|days?|d|hours?|hr|h|minutes?|mins?|m|seconds?|secs?|s)`)
	lifetimeUnit = map[byte]time.Duration{'w': 7 * 24 * time.Hour, 'd': 24 * time.Hour, 'h': time.Hour, 'm': time.Minute,
		's': time.Second}
)

// Lifetime returns how long tokens of a login live, and false if the configuration does
// not say it in a form that is known: 1w2d3h4m5s, or seconds (safir's HumanTimedelta).
func (c GafaelfawrConfig) Lifetime() (life time.Duration, known bool) {
	text := strings.TrimSpace(c.TokenLifetime)
	if n, err := strconv.Atoi(text); err == nil {
		return time.Duration(n) * time.Second, true
	}
	if text == "" || strings.TrimSpace(lifetimePart.ReplaceAllString(text, "")) != "" {
		return 0, false
	}
	for _, m := range lifetimePart.FindAllStringSubmatch(text, -1) {
		n, _ := strconv.Atoi(m[1]) // digits
		life += time.Duration(n) * lifetimeUnit[m[2][0]]
	}
	return life, true
}

// ReadGafaelfawrConfig reads the configuration from a ConfigMap, and returns
// false if it has none.
func ReadGafaelfawrConfig(from ConfigMap) (GafaelfawrConfig, bool, error) {
	config := GafaelfawrConfig{Object: from.Object}
	text, ok := from.Data["gafaelfawr.yaml"]
	return config, ok, yaml.Unmarshal([]byte(text), &config)
}
