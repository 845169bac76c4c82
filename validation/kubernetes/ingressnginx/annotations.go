package ingressnginx

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/validation/kubernetes"
)

const annotationPrefix = "nginx.ingress.kubernetes.io/"

// Annotation returns one of ingress-nginx's annotations by its name without the
// prefix.
func Annotation(i kubernetes.Ingress, name string) string {
	return i.Meta.Annotations[annotationPrefix+name]
}

// on reports whether an annotation is true. ingress-nginx reads it with
// strconv.ParseBool, so that it may be True or 1.
func on(annotations map[string]string, name string) bool {
	on, _ := strconv.ParseBool(annotations[annotationPrefix+name]) // anything else is false
	return on
}

// isCanary reports whether the Ingress shares the paths of another Ingress.
func isCanary(i kubernetes.Ingress) bool { return on(i.Meta.Annotations, "canary") }

// LoneCanaries returns the canaries with a path that no other Ingress has, so that it
// is not served.
func LoneCanaries(all []kubernetes.Ingress) (lone []kubernetes.Ingress) {
	keys := func(i kubernetes.Ingress) (keys []string) {
		for _, r := range routesOf(i.Object, i.Spec.Rules) {
			keys = append(keys, strconv.FormatBool(r.PathType == "Exact")+" "+r.Host+" "+r.Path)
		}
		return keys
	}
	served := map[string]bool{}
	for _, i := range all {
		for _, key := range keys(i) {
			served[key] = served[key] || !isCanary(i)
		}
	}
	for _, i := range all {
		if isCanary(i) && slices.ContainsFunc(keys(i), func(key string) bool { return !served[key] }) {
			lone = append(lone, i)
		}
	}
	return lone
}

// WeightedCanaries returns the paths of which canaries take a part of all requests to another Service,
// whoever asks.
func WeightedCanaries(all []kubernetes.Ingress) (diverted []Route) {
	for _, i := range all {
		if weight, err := strconv.Atoi(Annotation(i, "canary-weight")); isCanary(i) && err == nil && weight > 0 {
			diverted = append(diverted, routesOf(i.Object, i.Spec.Rules)...)
		}
	}
	return diverted
}

// Aliases returns further names under which the hosts of the Ingress are
// served.
func Aliases(i kubernetes.Ingress) []string {
	return strings.FieldsFunc(Annotation(i, "server-alias"), func(c rune) bool { return c == ',' || c == ' ' })
}

// takesPatterns reports whether ingress-nginx treats the path of an Ingress as
// a regular expression because of these annotations. It then treats all paths
// of the host so.
func takesPatterns(annotations map[string]string, path string) bool {
	target := annotations[annotationPrefix+"rewrite-target"]
	return on(annotations, "use-regex") || target != "" && target != path
}

// NeedlessPatterns returns the Ingresses that alone make all paths of a host patterns, and
// have none themselves.
func NeedlessPatterns(all []kubernetes.Ingress) (needless []kubernetes.Ingress) {
	wanted, bare := map[string]bool{}, map[string][]kubernetes.Ingress{}
	for _, i := range all {
		for _, p := range pathsOf(i.Spec.Rules) {
			switch {
			case !takesPatterns(i.Meta.Annotations, p.path):
			case strings.ContainsAny(p.path, metacharacters) || Annotation(i, "rewrite-target") != "":
				wanted[p.host] = true
			default:
				bare[p.host] = append(bare[p.host], i)
			}
		}
	}
	for _, host := range slices.Sorted(maps.Keys(bare)) {
		for _, i := range bare[host] {
			known := slices.ContainsFunc(needless, func(n kubernetes.Ingress) bool { return n.ID() == i.ID() })
			if !wanted[host] && !known {
				needless = append(needless, i)
			}
		}
	}
	return needless
}

// forceTLS is the key, of an annotation and of the controller's ConfigMap, that redirects
// to TLS even where no certificate is configured and where ssl-redirect is off.
const forceTLS = "force-ssl-redirect"

// ForcesTLS reports whether port 80 only redirects for the Ingress, whatever its tls is.
func ForcesTLS(i kubernetes.Ingress, config kubernetes.ConfigMap) bool {
	forced, err := strconv.ParseBool(Annotation(i, forceTLS))
	if err != nil {
		forced, _ = strconv.ParseBool(config.Data[forceTLS]) // anything else is false
	}
	return forced
}

// Weakness is an annotation that takes something away from an Ingress's authentication.
type Weakness struct{ Annotation, Value, Breaks string }

// weakening are annotations that weaken the authentication of an Ingress that asks
// Gafaelfawr, from ingress-nginx's documentation (Annotations).
var weakening = []struct {
	name, breaks string
	weakens      func(value string) bool
}{
	{"satisfy", "callers from listed networks get in without a token", func(v string) bool { return v == "any" }},
	{"auth-cache-key", "what Gafaelfawr said of one caller is said of others", func(v string) bool {
		return v != "" && !(strings.Contains(v, "$http_authorization") && strings.Contains(v, "$http_cookie"))
	}},
	{"mirror-target", "each request is copied to another server, with its token", isSet},
	{"auth-cache-duration", "tokens that were revoked go on working there for so long", func(v string) bool {
		return longest(v) > longestCache
	}},
	{"configuration-snippet", "it undoes what the Ingress asks Gafaelfawr, or passes on what clients write of themselves",
		undoes.MatchString},
	{"configuration-snippet", "it answers everybody itself (return), before Gafaelfawr and the application are asked",
		answersAll},
	{"auth-snippet", "it can answer in Gafaelfawr's place, or alter what Gafaelfawr is asked", isSet},
	{"auth-proxy-set-headers", "it alters what Gafaelfawr is asked", isSet},
	{"ssl-redirect", "tokens travel in clear over port 80", isFalse},
}

// longestCache is how long a revoked token may work at most; Phalanx's own applications
// have five minutes.
const longestCache = time.Hour

// period matches a time of nginx.
var period = regexp.MustCompile(`(\d+)(s|m|h|d|w|M|y)\b`)

// longest returns the longest time in an annotation such as "200 202 401 5m".
func longest(value string) (most time.Duration) {
	const day = 24 * time.Hour
	units := map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour, "d": day, "w": 7 * day,
		"M": 30 * day, "y": 365 * day}
	for _, m := range period.FindAllStringSubmatch(value, -1) {
		n, _ := strconv.Atoi(m[1]) // digits; too many are too long, too
		most = max(most, time.Duration(min(n, 1e6))*units[m[2]])
	}
	return most
}

var (
	// undoes matches what takes authentication away from the location that it stands in.
	undoes = regexp.MustCompile(`(?mi)(^|[;{}])\s*(auth_request\s|satisfy\s+any|proxy_pass\s|` +
		`(proxy_set_header|more_set_input_headers)\s+["']?x-auth-request-|` +
		`proxy_set_header\s+(authorization|cookie)\s+["']?[^;]*\$(http_authorization|http_cookie|cookie_gafaelfawr))`)
	// serves matches what makes a server serve applications besides its Ingresses, or
	// takes authentication away from all of them.
	serves = regexp.MustCompile(`(?mi)(^|[;{}])\s*((proxy|grpc|fastcgi|uwsgi|scgi)_pass\s|auth_request\s|satisfy\s+any|` +
		`rewrite\s|(proxy_set_header|more_set_input_headers)\s+["']?x-auth-request-)`)
)

// wide are annotations with an effect beyond their own Ingress.
var wide = []struct {
	name, breaks string
	weakens      func(value string) bool
}{
	{"server-snippet", "it serves paths of the host past the Ingresses, which ask Gafaelfawr, or alters what they ask",
		serves.MatchString},
}

func isSet(value string) bool { return value != "" }

func isFalse(value string) bool {
	on, err := strconv.ParseBool(value)
	return err == nil && !on
}

// Weaknesses returns the annotations that weaken the authentication of the Ingress, if
// it asks Gafaelfawr who may come in, or that of others.
func Weaknesses(i kubernetes.Ingress) (all []Weakness) {
	for _, w := range wide {
		if value := Annotation(i, w.name); w.weakens(value) {
			all = append(all, Weakness{w.name, value, w.breaks})
		}
	}
	if !asksGafaelfawr(i) {
		return all
	}
	for _, w := range weakening {
		if w.name == "ssl-redirect" && on(i.Meta.Annotations, forceTLS) {
			continue
		}
		if value := Annotation(i, w.name); w.weakens(value) {
			all = append(all, Weakness{w.name, value, w.breaks})
		}
	}
	return all
}
