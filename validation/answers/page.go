package answers

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

var asset = regexp.MustCompile(`(?i)<(?:script|link)\b[^>]*?\b(?:src|href)="(/[^/"][^"]*\.(?:js|css)(?:\?[^"]*)?)"`)

// Assets returns the paths of scripts and style sheets on this host to which a
// page refers.
func (a *Answer) Assets() []string {
	var all []string
	for _, m := range asset.FindAllStringSubmatch(string(a.Body), -1) {
		all = append(all, strings.ReplaceAll(m[1], "&amp;", "&"))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

var elsewhere = regexp.MustCompile(
	`(?i)<(?:script|link)\b[^>]*?\b(?:src|href)="((?:https?:)?//[^"]+\.(?:js|css)(?:\?[^"]*)?)"`,
)

// AssetsElsewhere returns the URLs of scripts and style sheets on other hosts to which a
// page refers.
func (a *Answer) AssetsElsewhere() (all []*url.URL) {
	page, err := url.Parse(a.URL)
	if err != nil {
		return nil
	}
	for _, m := range elsewhere.FindAllStringSubmatch(string(a.Body), -1) {
		to, err := page.Parse(strings.ReplaceAll(m[1], "&amp;", "&"))
		if err == nil && !strings.EqualFold(to.Hostname(), page.Hostname()) {
			all = append(all, to)
		}
	}
	return all
}

var link = regexp.MustCompile(`(?i)<a\b[^>]*?\bhref="((?:https?:)?//[^"]+)"`)

// LoginsElsewhere returns the links of a page to Gafaelfawr's login or logout on another host: with a way back
// (rd), or on a host of the same domain, because identity providers have addresses like that, too.
func (a *Answer) LoginsElsewhere() (all []*url.URL) {
	page, err := url.Parse(a.URL)
	if err != nil {
		return nil
	}
	for _, m := range link.FindAllStringSubmatch(string(a.Body), -1) {
		to, err := page.Parse(strings.ReplaceAll(m[1], "&amp;", "&"))
		if err != nil || to.Path != "/login" && to.Path != "/logout" || strings.EqualFold(to.Host, page.Host) {
			continue
		}
		if to.Query().Has("rd") || domain(to) == domain(page) {
			all = append(all, to)
		}
	}
	return all
}

// domain returns the last two labels of a host.
func domain(u *url.URL) string {
	labels := strings.Split(strings.ToLower(u.Hostname()), ".")
	return strings.Join(labels[max(0, len(labels)-2):], ".")
}

// runs matches sources of a Content-Security-Policy with which browsers may run scripts of the page's own host.
var runs = regexp.MustCompile(`(?i)^('self'|'strict-dynamic'|'nonce-.*|'sha\d+-.*|\*|https:|https://.*|[^':]+\..*)$`)

// ForbidsScripts returns the directive of a page's Content-Security-Policy by which browsers run none of the
// scripts of its own host, "" if they run them.
func (a *Answer) ForbidsScripts() string {
	for _, line := range a.Header.Values("Content-Security-Policy") {
		for policy := range strings.SplitSeq(line, ",") {
			sources := map[string][]string{}
			for directive := range strings.SplitSeq(policy, ";") {
				if words := strings.Fields(directive); len(words) > 0 {
					sources[strings.ToLower(words[0])] = words[1:]
				}
			}
			for _, name := range []string{"script-src-elem", "script-src", "default-src"} {
				allowed, ok := sources[name]
				if ok && !slices.ContainsFunc(allowed, runs.MatchString) {
					return name + " " + strings.Join(allowed, " ")
				}
				if ok {
					break
				}
			}
		}
	}
	return ""
}
