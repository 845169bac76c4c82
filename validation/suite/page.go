package suite

import (
	"regexp"
	"slices"
	"strings"
)

var asset = regexp.MustCompile(`(?i)<(?:script|link)\b[^>]*?\b(?:src|href)="(/[^/"][^"]*\.(?:js|css)(?:\?[^"]*)?)"`)

// Assets are the paths of scripts and style sheets on this host to which a page
// refers.
func (a *Answer) Assets() []string {
	var all []string
	for _, m := range asset.FindAllStringSubmatch(string(a.Body), -1) {
		all = append(all, strings.ReplaceAll(m[1], "&amp;", "&"))
	}
	slices.Sort(all)
	return slices.Compact(all)
}
