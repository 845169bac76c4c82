package phalanx

import (
	"maps"
	"slices"
	"strings"
)

// musterQuota is the quota in Phalanx's defaults that the checks use up.
const musterQuota = "muster-quota"

// readGafaelfawr reads the configuration of Gafaelfawr's chart.
func (d *Declaration) readGafaelfawr(c *Checkout, name string) error {
	v, err := c.values("applications/gafaelfawr", name)
	if err != nil {
		return err
	}
	api, source := merged[int](v, "config", "quota", "default", "api")
	if api[musterQuota] == 1 {
		d.feature("quota", source)
	}
	if on, source := v.is("redis", "persistence", "enabled"); on {
		d.kubernetesFeature("persistence", source)
	}
	for key, path := range map[string][]string{"ldap": {"ldap", "url"}, "firestore": {"firestore", "project"}} {
		if text, source := v.text(append([]string{"config"}, path...)...); text != "" {
			d.set(true, source, "gafaelfawr", key)
		}
	}
	d.readLogin(v)
	if url, source := v.text("config", "afterLogoutUrl"); url != "" {
		d.set(url, source, "gafaelfawr", "afterLogoutUrl")
	}
	if scopes, source := merged[string](v, "config", "knownScopes"); len(scopes) > 0 {
		d.set(slices.Sorted(maps.Keys(scopes)), source, "gafaelfawr", "knownScopes")
	}
	if mapping, source := merged[[]any](v, "config", "groupMapping"); len(mapping) > 0 {
		d.set(groups(mapping), source, "gafaelfawr", "groupMapping")
	}
	if on, source := v.is("config", "oidcServer", "enabled"); on {
		d.set(true, source, "gafaelfawr", "oidcServer")
	}
	if on, source := v.is("config", "allowSubdomains"); source != "" { // that it is off is verified, too
		d.set(on, source, "gafaelfawr", "allowSubdomains")
	}
	var hosts []string
	if source := v.get(&hosts, "ingress", "additionalHosts"); len(hosts) > 0 {
		d.set(hosts, source, "gafaelfawr", "additionalHosts")
	}
	slices.SortStableFunc(d.Lines, func(a, b Line) int { // maps have no order
		return strings.Compare(strings.Join(a.Key, "."), strings.Join(b.Key, "."))
	})
	return nil
}

// readLogin reads the login provider and its URL.
func (d *Declaration) readLogin(v values) {
	at := map[string]string{
		"github": "https://github.com/login/oauth/authorize", "cilogon": "https://cilogon.org/authorize",
	}
	if test, _ := v.is("config", "cilogon", "test"); test {
		at["cilogon"] = "https://test.cilogon.org/authorize"
	}
	at["oidc"], _ = v.text("config", "oidc", "loginUrl")
	for _, provider := range []string{"github", "cilogon", "oidc"} {
		if id, source := v.text("config", provider, "clientId"); id != "" {
			d.set(provider, source, "gafaelfawr", "login", "provider")
			if url := at[provider]; url != "" {
				d.set(url, source, "gafaelfawr", "login", "url")
			}
			return
		}
	}
}

// groups returns the names in a groupMapping. A GitHub team is written
// ORGANIZATION/TEAM.
func groups(mapping map[string][]any) map[string][]string {
	all := map[string][]string{}
	for scope, members := range mapping {
		for _, member := range members {
			switch m := member.(type) {
			case string:
				all[scope] = append(all[scope], m)
			case map[string]any:
				team, _ := m["github"].(map[string]any)
				organization, _ := team["organization"].(string)
				name, _ := team["team"].(string)
				all[scope] = append(all[scope], organization+"/"+name)
			}
		}
	}
	return all
}
