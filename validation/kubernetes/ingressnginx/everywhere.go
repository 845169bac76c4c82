package ingressnginx

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
)

// Everywhere is a key of the controller's ConfigMap that names another one with headers,
// which nginx sets on everything: add-headers on answers, proxy-set-headers on requests.
type Everywhere struct {
	Key, Breaks string
	taken       *regexp.Regexp
}

// Headers are the two keys. A site may set what nobody else means something with, such as
// X-Frame-Options; an empty value takes a header away, and is judged like any other.
var Headers = []Everywhere{
	{
		"add-headers", "it replaces what Gafaelfawr and applications say of their own answers",
		regexp.MustCompile(`(?i)^(cache-control|set-cookie|www-authenticate|location|retry-after|etag|last-modified|` +
			`content-(type|length|encoding|disposition|range)|access-control-[a-z-]+|x-ratelimit-[a-z]+|` +
			`x-content-type-options|x-auth-request-[a-z]+|connection|transfer-encoding|vary)$`),
	},
	{
		"proxy-set-headers", "applications get it instead of, or besides, what Gafaelfawr and clients send",
		regexp.MustCompile(`(?i)^(authorization|cookie|host|x-auth-request-(user|email|service|token)|x-csrf-token|` +
			`content-(type|length|encoding|range)|transfer-encoding|origin|range|if-[a-z-]+)$`),
	},
}

// Taken returns the canonical names of those headers that the deployment needs for itself, sorted.
func (e Everywhere) Taken(headers map[string]string) (taken []string) {
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		if e.taken.MatchString(name) {
			taken = append(taken, http.CanonicalHeaderKey(name))
		}
	}
	return taken
}
