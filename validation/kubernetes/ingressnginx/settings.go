package ingressnginx

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/lsst-sqre/muster/validation/kubernetes"
)

// Setting is a key of the controller's ConfigMap that can break a deployment.
type Setting struct {
	// Want is what the value must be, as words or as the value that Phalanx sets.
	Key, Want string
	// Unset is what ingress-nginx uses without the key.
	Unset string
	// Breaks is what happens otherwise.
	Breaks string
	met    func(got, want string) bool
}

// Met reports whether the value does not break the deployment.
func (s Setting) Met(value string) bool { return s.met(strings.TrimSpace(value), s.Want) }

// Settings are the keys of Phalanx's applications/ingress-nginx/values.yaml, then
// those of ingress-nginx's documentation (ConfigMaps) that Phalanx leaves alone
// because a value of them would break what it promises. What a site may decide for
// itself is not here: allow lists, HSTS, logs, compression, real addresses.
var Settings = []Setting{
	{"use-forwarded-headers", "true", "false", "Gafaelfawr sees the load balancer's address for every user", same},
	{
		"compute-full-forwarded-for", "true", "false",
		"Gafaelfawr cannot tell the client's address from those of proxies", same,
	},
	{"no-auth-locations", acme, acme, "everyone gets in below these paths", only},
	{"ssl-redirect", "true", "true", "tokens travel in clear over port 80", same},
	{"proxy-buffer-size", "64k", "4k", "users with many cookies get 500 on every protected page", bigEnough},
	{
		"proxy-busy-buffers-size", "64k", "8k",
		"nginx cannot load a proxy-buffer-size of 64k, and keeps its former configuration", bigEnough,
	},
	{"large-client-header-buffers", "4 64k", "4 8k", "users with many cookies get 400 everywhere", bigEnough},
	{"proxy-body-size", "2g", "1m", "uploads of tables get 413", unlimited},
	{"proxy-read-timeout", "60", "60", "answers that take longer become 504", atLeast},
	{"proxy-send-timeout", "60", "60", "uploads that take longer are cut off", atLeast},
	{
		"log-format-upstream", "no header with credentials", "",
		"tokens and session cookies stand in the controller's log", without(logged),
	},

	{"no-tls-redirect-locations", acme, acme, "tokens travel in clear below these paths", only},
	{"global-auth-url", "not set", "", "a second server decides about every path, also about open ones", empty},
	{"enable-underscores-in-headers", "false", "false", notGafaelfawrs, same},
	{"ignore-invalid-headers", "true", "true", notGafaelfawrs, same},
	{"retry-non-idempotent", "false", "false", twice, same},
	{"proxy-next-upstream", "without non_idempotent", "error timeout", twice, without(nonIdempotent)},
	{
		"http-redirect-code", "301, 307 or 308", "308",
		"a POST over plain HTTP becomes a GET without its body", without(changesMethod),
	},
	{"ssl-early-data", "false", "false", "who records a request can send it again (0-RTT)", same},
	{
		"ssl-protocols", "TLSv1.2 and later", "TLSv1.2 TLSv1.3",
		"clients can be made to use a TLS that is broken", without(oldTLS),
	},
	{"ssl-ciphers", "no broken ciphers", "", "clients can be made to use a cipher that is broken", soundCiphers},
	{"error-log-level", "not debug", "notice", "headers with credentials stand in the controller's log", without(debug)},
	{"debug-connections", "not set", "", "headers with credentials stand in the controller's log", empty},
	{"log-format-escape-none", "false", "false", "a client can write lines of its own into the log", same},
	{"proxy-http-version", "1.1", "1.1", "websockets of notebooks do not open", same},
	{"proxy-buffering", "off", "off", "events of notebooks and portals come late or in one piece", same},
	{"proxy-cookie-domain", "off", "off", "cookies of applications are altered", same},
	{"proxy-cookie-path", "off", "off", "cookies of applications are altered", same},
	{"proxy-redirect-from", "off", "off", "redirects of applications lead elsewhere", same},
	{"limit-rate", "0", "0", "every download is slowed down to so many bytes a second", same},
	{"keep-alive", "10", "75", "each request needs a connection of its own", atLeast},
	{"keep-alive-requests", "100", "1000", "connections end after so few requests", atLeast},
	{"client-header-timeout", "10", "60", "clients with slow connections get 408", atLeast},
	{"client-body-timeout", "10", "60", "uploads over slow connections get 408", atLeast},
	{"proxy-connect-timeout", "2", "5", "an application that is busy for a moment becomes 504", atLeast},
	{"worker-shutdown-timeout", "10", "240", "each changed Ingress cuts the websockets of notebooks", atLeast},
	{"max-worker-connections", "1024", "16384", "nginx refuses connections of many users at once", connections},
	{
		"hide-headers", "no header that clients need", "",
		"clients lack what applications and Gafaelfawr tell them", without(needed),
	},
	{
		"location-snippet", "nothing about authentication or headers", "",
		"it stands in every location, where it can replace what Gafaelfawr's Ingresses set", without(replacing),
	},
	{
		"annotation-value-word-blocklist", "no word of Gafaelfawr's annotations", "",
		"the controller ignores the Ingresses that Gafaelfawr's operator writes", gafaelfawrsWords,
	},
}

const (
	acme           = "/.well-known/acme-challenge"
	notGafaelfawrs = "applications can take a client's header for Gafaelfawr's, such as X_Auth_Request_User"
	twice          = "a POST can be carried out twice"

	// gafaelfawrsAnnotations is a sample of the values that the operator writes
	// (gafaelfawr/operator.py).
	gafaelfawrsAnnotations = `auth_request_set $auth_status $upstream_http_x_error_status;
more_set_headers "X-RateLimit-Limit: $auth_ratelimit_limit"; error_page 403 = @autherror;
http://gafaelfawr.gafaelfawr.svc.cluster.local:8080/ingress/auth?scope=read:all&service=muster`
)

var (
	// nginx's variables with credentials of clients, and what holds Gafaelfawr's.
	logged = regexp.MustCompile(`(?i)\$\{?(http_authorization|http_cookie|cookie_gafaelfawr|` +
		`(upstream_)?http_x_auth_request_token|sent_http_set_cookie|auth_token|authorization)\b`)
	nonIdempotent = regexp.MustCompile(`\bnon_idempotent\b`)
	changesMethod = regexp.MustCompile(`^30[023]$`) // so does 301, which many sites set
	oldTLS        = regexp.MustCompile(`(?i)\b(SSLv[23]|TLSv1(\.[01])?)(\s|$)`)
	debug         = regexp.MustCompile(`(?i)^debug`)
	needed        = regexp.MustCompile(`(?i)(^|,)\s*(location|set-cookie|www-authenticate|retry-after|link|` +
		`content-disposition|content-range|etag|last-modified|cache-control|strict-transport-security|` +
		`x-ratelimit-[a-z]+)\s*(,|$)`)
	replacing = regexp.MustCompile(
		`(?m)(^|[;{])\s*(auth_request|satisfy|proxy_set_header|proxy_pass|more_set_input_headers|` +
			`more_clear_input_headers|proxy_hide_header|return|rewrite|error_page|allow|deny)\b`,
	)
	brokenCipher = regexp.MustCompile(`(?i)(^|-)(RC4|3?DES|DES-CBC3|NULL|aNULL|eNULL|EXP|EXPORT|MD5|LOW)(-|$)`)
)

// same compares words; true and false in each spelling that Go reads, as the
// controller does.
func same(got, want string) bool {
	wanted, err := strconv.ParseBool(want)
	if is, notBool := strconv.ParseBool(got); err == nil && notBool == nil && len(want) > 1 {
		return is == wanted
	}
	return got == want
}

// SameSetting reports whether two values of a key are one for the controller, which reads
// words in any case.
func SameSetting(a, b string) bool {
	a, b = strings.TrimSpace(a), strings.TrimSpace(b)
	return same(a, b) || strings.EqualFold(a, b)
}

// only allows nothing but the wanted entry of a list.
func only(got, want string) bool {
	for entry := range strings.SplitSeq(got, ",") {
		if entry = strings.TrimSpace(entry); entry != "" && entry != want {
			return false
		}
	}
	return true
}

func empty(got, _ string) bool { return got == "" }

func without(words *regexp.Regexp) func(string, string) bool {
	return func(got, _ string) bool { return !words.MatchString(got) }
}

// unlimited is bigEnough where 0 means no limit.
func unlimited(got, want string) bool { return got == "0" || bigEnough(got, want) }

// atLeast compares whole seconds or numbers.
func atLeast(got, want string) bool {
	g, err := strconv.Atoi(strings.TrimSuffix(got, "s"))
	w, _ := strconv.Atoi(want) // of the table
	return err == nil && g >= w
}

// connections is atLeast where 0 means as many as there are files.
func connections(got, want string) bool { return got == "0" || atLeast(got, want) }

// soundCiphers reads OpenSSL's list; ! and - take a cipher off.
func soundCiphers(got, _ string) bool {
	return !slices.ContainsFunc(strings.FieldsFunc(got, func(c rune) bool { return strings.ContainsRune(": ,", c) }),
		func(name string) bool { return !strings.HasPrefix(name, "!") && brokenCipher.MatchString(name) })
}

// gafaelfawrsWords reports whether the blocked words leave Gafaelfawr's annotations alone.
func gafaelfawrsWords(got, _ string) bool {
	return !slices.ContainsFunc(strings.Split(got, ","), func(word string) bool {
		word = strings.TrimSpace(word)
		return word != "" && strings.Contains(gafaelfawrsAnnotations, word)
	})
}

// phalanx are the keys that Phalanx's own values set, and what its chart adds.
var phalanx = []string{
	"allow-snippet-annotations", "annotations-risk-level", "compute-full-forwarded-for", "large-client-header-buffers",
	"proxy-body-size", "proxy-buffer-size", "proxy-busy-buffers-size", "server-snippet", "ssl-redirect",
	"use-forwarded-headers",
}

// declared matches a line of Phalanx's server-snippet besides its location.
var declared = regexp.MustCompile(`(?m)^\s*(set \$auth_\w+ ''\s*;|#.*)\s*$`)

// more reports whether a server-snippet has more than Phalanx's error mapping.
func more(snippet string) bool {
	before, mapping, _ := strings.Cut(snippet, "location @autherror {")
	return strings.TrimSpace(declared.ReplaceAllString(before+"\n"+afterBlock(mapping), "")) != ""
}

// Besides names what somebody set besides Phalanx: keys of the controller's ConfigMap,
// annotations of Ingresses in these namespaces, whose charts have none, and those of any
// Ingress that limit who gets in. Values may hold secrets and are not named.
func Besides(config kubernetes.ConfigMap, all []kubernetes.Ingress, namespaces ...string) (besides []string) {
	var keys []string
	for key := range config.Data {
		if !slices.Contains(phalanx, key) {
			keys = append(keys, key)
		}
	}
	if more(config.Data["server-snippet"]) {
		keys = append(keys, "more in server-snippet than Phalanx's error mapping")
	}
	add := func(o kubernetes.Object) {
		if slices.Sort(keys); len(keys) > 0 {
			besides = append(besides, o.String()+" has "+strings.Join(keys, ", "))
		}
	}
	add(config.Object)
	for _, i := range all {
		keys = nil
		for name := range i.Meta.Annotations {
			if name, ours := strings.CutPrefix(name, annotationPrefix); ours && slices.Contains(namespaces, i.Namespace()) &&
				i.Meta.Labels["app.kubernetes.io/managed-by"] != "Gafaelfawr" {
				keys = append(keys, name)
			}
		}
		for _, l := range Limits(i) {
			if !slices.Contains(keys, l.Annotation) {
				keys = append(keys, l.Annotation)
			}
		}
		add(i.Object)
	}
	return besides
}
