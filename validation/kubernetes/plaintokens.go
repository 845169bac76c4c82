package kubernetes

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Template is an object that makes pods, with what it makes.
type Template struct {
	Object
	Pods corev1.PodTemplateSpec
}

// plainToken is a token of Gafaelfawr: gt-, the key, a full stop and the secret.
var plainToken = regexp.MustCompile(`(?:^|[^A-Za-z0-9_-])gt-[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{22}(?:$|[^A-Za-z0-9_-])`)

// TokenPlaces returns the fields of the object and of its pods that have a token.
func (t Template) TokenPlaces() []string {
	return slices.Concat(tokenPlaces("metadata.annotations", t.Meta.Annotations), tokenPlaces("template", t.Pods))
}

// TokenPlaces returns the keys of the ConfigMap that have a token.
func (m ConfigMap) TokenPlaces() []string { return tokenPlaces("data", m.Data) }

func tokenPlaces(at string, part any) []string {
	raw, err := json.Marshal(part)
	var tree any
	if err != nil || json.Unmarshal(raw, &tree) != nil {
		return nil // it was read from JSON
	}
	return tokensBelow(at, tree)
}

// tokensBelow walks through lists and objects. An element that has a name goes by it.
func tokensBelow(at string, tree any) (places []string) {
	switch v := tree.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			places = append(places, tokensBelow(at+"."+key, v[key])...)
		}
	case []any:
		for i, one := range v {
			name := fmt.Sprint(i)
			if o, ok := one.(map[string]any); ok && o["name"] != nil {
				name = fmt.Sprint(o["name"])
			}
			places = append(places, tokensBelow(at+"["+name+"]", one)...)
		}
	case string:
		if hasToken(v) {
			places = append(places, at)
		}
	}
	return places
}

func hasToken(text string) bool {
	plain, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	return plainToken.MatchString(text) || err == nil && plainToken.Match(plain)
}
