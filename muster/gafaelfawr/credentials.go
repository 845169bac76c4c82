package gafaelfawr

import "strings"

// AuthorizationCarriesToken reports whether the value of an Authorization
// header holds a token. It finds at least what Gafaelfawr finds: any white
// space may follow the scheme, and the token may be anywhere. It also finds
// what Gafaelfawr's own filter misses (recorded: a tab after Bearer).
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

// SessionCookies returns the values of Gafaelfawr's session cookie in a Cookie
// header. It finds them as widely as Gafaelfawr: pieces end at a semicolon, and
// white space around them and around the equals sign does not count (recorded:
// what its filter misses).
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
