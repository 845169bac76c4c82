package gafaelfawr

import "strings"

// AuthorizationCarriesToken reports whether the value of an Authorization
// header holds a token, as widely as Gafaelfawr finds one or wider: any white
// space after the scheme counts, and so does a token anywhere in it. What
// Gafaelfawr's own filter misses (recorded: a tab after Bearer) is found.
func AuthorizationCarriesToken(value string) bool {
	scheme, rest := value, ""
	if at := strings.IndexAny(value, " \t"); at >= 0 {
		scheme, rest = value[:at], strings.Trim(value[at:], " \t")
	}
	if strings.EqualFold(scheme, "basic") {
		decoded, err := decodeBase64(rest)
		if err != nil {
			return false
		}
		for part := range strings.SplitSeq(decoded, ":") {
			if LooksLikeToken(strings.TrimSpace(part)) {
				return true
			}
		}
		return false
	}
	return LooksLikeToken(rest) || len(wide.find([]byte(value))) > 0
}

// SessionCookies are the values of Gafaelfawr's session cookie in the value of
// a Cookie header, found as widely as Gafaelfawr finds them: pieces end at a
// semicolon, white space around them and around the equals sign does not count
// (recorded: what its filter misses).
func SessionCookies(value string) []string {
	var found []string
	for piece := range strings.SplitSeq(value, ";") {
		name, content, ok := strings.Cut(piece, "=")
		if ok && strings.Trim(name, " \t") == CookieName {
			found = append(found, strings.Trim(content, " \t"))
		}
	}
	return found
}
