package ingressnginx

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/lsst-sqre/muster/validation/kubernetes"
)

// leastBuffer is the least proxy-buffer-size with which Gafaelfawr's answers fit: nginx's
// own 4k does not hold them with the cookies of a browser. Phalanx sets 64k for all, and
// 24k for the portal.
const leastBuffer = "8k"

var (
	// refusal matches a code of Gafaelfawr's refusals in custom-http-errors.
	refusal = regexp.MustCompile(`(^|[\s,])(401|403)($|[\s,])`)
	// groupOf matches what stands for a group of the path in rewrite-target.
	groupOf = regexp.MustCompile(`\$(\d)`)
)

// Breakages returns the annotations with which an Ingress cannot do what it is there for,
// whatever its application does.
func Breakages(i kubernetes.Ingress) (all []Weakness) {
	add := func(name, breaks string) { all = append(all, Weakness{name, Annotation(i, name), breaks}) }
	if group := absentGroup(i); group > 0 {
		add("rewrite-target", fmt.Sprintf("every request reaches the application at another path: no path of the "+
			"Ingress has the group $%d", group))
	}
	if asksGafaelfawr(i) && refusal.MatchString(Annotation(i, "custom-http-errors")) {
		add("custom-http-errors",
			"pages of the ingress take the place of Gafaelfawr's refusals, and their challenges are lost")
	}
	size := Annotation(i, "proxy-buffer-size")
	if (asksGafaelfawr(i) || i.Namespace() == "gafaelfawr") && size != "" && !bigEnough(size, leastBuffer) {
		add("proxy-buffer-size", "what Gafaelfawr answers with long cookies does not fit, and becomes 500 or 502")
	}
	for _, name := range slices.Sorted(maps.Keys(pageNeeds)) {
		needs := pageNeeds[name]
		if n, err := strconv.Atoi(Annotation(i, name)); err == nil && n > 0 && n < needs {
			add(name, "browsers, which ask for all that a page has at once, get 503 for a part of it")
		}
	}
	return all
}

// pageNeeds are the least limits for one client with which a page is shown: browsers open six connections, and
// the controller lets five times the rate pass at once (limit-burst-multiplier).
var pageNeeds = map[string]int{"limit-connections": 6, "limit-rps": 5, "limit-rpm": 60}

// AppRoot returns the page to which the Ingress redirects who asks for "/" of a host, ""
// where it has no such path or no app-root.
func AppRoot(i kubernetes.Ingress, host string) string {
	serves := slices.ContainsFunc(pathsOf(i.Spec.Rules), func(p path) bool {
		return p.path == "/" && (p.host == "" || p.host == host)
	})
	if root := Annotation(i, "app-root"); serves && root != "/" {
		return root
	}
	return ""
}

// asksGafaelfawr reports whether the Ingress asks Gafaelfawr who may come in.
func asksGafaelfawr(i kubernetes.Ingress) bool {
	u, err := url.Parse(Annotation(i, "auth-url"))
	return err == nil && IsGafaelfawr(u.Hostname()) && u.Path == "/ingress/auth"
}

// absentGroup returns the number of a group that rewrite-target takes from the path and
// that no path of the Ingress has, 0 for none. A path that cannot be read may have it.
func absentGroup(i kubernetes.Ingress) int {
	wanted, has := 0, 0
	for _, m := range groupOf.FindAllStringSubmatch(Annotation(i, "rewrite-target"), -1) {
		n, _ := strconv.Atoi(m[1]) // a digit
		wanted = max(wanted, n)
	}
	for _, p := range pathsOf(i.Spec.Rules) {
		r, err := regexp.Compile(p.path)
		if err != nil || strings.Contains(p.path, "(?") {
			return 0 // nginx has other groups than Go, such as those with a name
		}
		has = max(has, r.NumSubexp())
	}
	if len(i.Spec.Rules) == 0 || wanted <= has {
		return 0
	}
	return wanted
}

// limiting are annotations that a site may want, and that Phalanx never sets: they decide
// who gets in besides Gafaelfawr, or answer in the application's place.
var limiting = map[string]string{
	"whitelist-source-range": "other addresses get 403, whatever their token",
	"allowlist-source-range": "other addresses get 403, whatever their token",
	"denylist-source-range":  "these addresses get 403, whatever their token",
	"limit-rps":              "who asks more often gets 503 from the ingress",
	"limit-rpm":              "who asks more often gets 503 from the ingress",
	"limit-connections":      "who has more connections gets 503 from the ingress",
	"enable-cors":            "preflights of other sites (cors-allow-origin) are answered without Gafaelfawr",
	"enable-modsecurity":     "a firewall can refuse requests that Gafaelfawr lets in",
	"permanent-redirect":     "the application is never asked",
	"temporal-redirect":      "the application is never asked",
	"from-to-www-redirect":   "another host than the deployment's answers",
	"server-alias":           "the application answers under other names, too",
	"custom-http-errors":     "pages of the ingress take the place of the application's",
	"auth-tls-secret":        "clients need a certificate of their own",
}

// Limits returns the annotations of an Ingress that asks Gafaelfawr which a site may want,
// and which Phalanx never sets.
func Limits(i kubernetes.Ingress) (all []Weakness) {
	if !asksGafaelfawr(i) {
		return nil
	}
	for name := range i.Meta.Annotations {
		short, ours := strings.CutPrefix(name, annotationPrefix)
		effect, limits := limiting[short]
		value := Annotation(i, short)
		if ours && limits && value != "" && !isFalse(value) {
			all = append(all, Weakness{short, value, effect})
		}
	}
	slices.SortFunc(all, func(a, b Weakness) int { return strings.Compare(a.Annotation, b.Annotation) })
	return all
}
