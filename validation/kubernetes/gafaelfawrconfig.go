package kubernetes

import (
	"regexp"
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
	// Proxies are the networks whose word for the address of a client counts.
	Proxies []string `yaml:"proxies"`
	// ErrorFooter is HTML at the end of pages of failed logins.
	ErrorFooter string `yaml:"errorFooter"`
	Quota       struct {
		Default quotaOf            `yaml:"default"`
		Groups  map[string]quotaOf `yaml:"groups"`
	} `yaml:"quota"`
}

// quotaOf has requests a minute for each service.
type quotaOf struct {
	API map[string]int `yaml:"api"`
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
