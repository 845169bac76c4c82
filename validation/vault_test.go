package validation

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"testing"
	"time"

	"github.com/lsst-sqre/muster/validation/suite"
)

func TestVaultSecrets(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "vault-secrets-operator could read what every VaultSecret names.",
		Cause: "All fail: Vault is sealed or out of reach, or the operator's credentials have expired. One fails: its path or a key is missing in Vault (phalanx secrets sync). Pods that run go on until they restart. Argo CD shows none of it.",
		Needs: []suite.Feature{suite.Vault},
	}, func(c *suite.Check) {
		all, failed := 0, 0
		for _, v := range suite.Some(c, suite.List(c, suite.VaultSecrets, "", ""), "VaultSecrets") {
			condition := suite.ConditionOf(v.Status.Conditions, "SecretCreated")
			if condition.Status != "absent" || c.Settled(v.Object) {
				all++
				if !c.ExpectOf(v, condition.Status == "True", "the condition SecretCreated True", condition.String()+", path "+v.Spec.Path, suite.ByCondition(condition)) {
					failed++
				}
			}
		}
		c.Expect(failed < all || all < 2, nil, "some that could be read", fmt.Sprintf("not one: all %d fail", all), suite.AllFail(all))
	})
}

func TestVaultSecretsPresent(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "Every VaultSecret has its Secret, and no value of it is empty.",
		Cause: "The Secret was deleted since: vault-secrets-operator makes it anew at its next round, or when the VaultSecret changes. An empty value was stored so in Vault.",
		Needs: []suite.Feature{suite.Vault, suite.ReadSecrets},
	}, func(c *suite.Check) {
		for _, v := range suite.Some(c, suite.List(c, suite.VaultSecrets, "", ""), "VaultSecrets") {
			secret, ok := suite.Get(c, suite.Secrets, v.Namespace(), v.Meta.Name)
			c.ExpectOf(v, ok || !c.Settled(v.Object), "the Secret "+v.ID(), "there is none", suite.Missing("Secret"))
			for key, value := range secret.Data {
				c.ExpectOf(v, len(value) > 0, "a value of "+key+" in its Secret", "it is empty")
			}
		}
	})
}

func TestVaultPaths(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "All VaultSecrets read from the same part of Vault, that of this environment.",
		Cause: "A path was copied from another environment: its secrets (client ids, keys that sign tokens) are used here. Phalanx puts vaultPathPrefix of environments/values-NAME.yaml in front of all.",
		Needs: []suite.Feature{suite.Vault},

		Security: true,
	}, func(c *suite.Check) {
		all := suite.Some(c, suite.List(c, suite.VaultSecrets, "", ""), "VaultSecrets")
		count := map[string]int{}
		for _, v := range all {
			count[path.Dir(v.Spec.Path)]++
		}
		prefixes := slices.SortedFunc(maps.Keys(count), func(a, b string) int {
			return cmp.Or(count[b]-count[a], cmp.Compare(a, b))
		})
		own := prefixes[0]
		if declared := c.Env().Vault.PathPrefix; declared != "" {
			own = declared
		} else if 2*count[own] <= len(all) {
			for i, prefix := range prefixes {
				prefixes[i] = fmt.Sprintf("%d below %s", count[prefix], prefix)
			}
			c.Remark("no VaultSecret was judged, as no part of Vault is that of most: %s", suite.Few(prefixes))
			return
		}
		for _, v := range all {
			c.ExpectOf(v, path.Dir(v.Spec.Path) == own, "a path below "+own, "the path "+v.Spec.Path, suite.Setting("path", own, v.Spec.Path))
		}
	})
}

// secretGrace is how much later than the pods a Secret may appear, as when all
// is installed at once.
const secretGrace = 5 * time.Minute

func TestSecretsLoaded(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "Gafaelfawr's pods were started after its Secret was last changed.",
		Cause: "Gafaelfawr reads its Secret (bootstrap token, session secret, passwords) when it starts: kubectl -n gafaelfawr rollout restart deployment/gafaelfawr deployment/gafaelfawr-operator. Where only a key was added that it does not use, nothing is wrong, and a restart ends this.",
		Needs: []suite.Feature{suite.Vault, suite.ReadSecrets},
	}, func(c *suite.Check) {
		secret, ok := suite.Get(c, suite.Secrets, "gafaelfawr", "gafaelfawr")
		if !ok {
			c.Skip("there is no Secret gafaelfawr/gafaelfawr")
		}
		for _, p := range suite.List(c, suite.Pods, "gafaelfawr", "") {
			started := p.Started()
			fresh := p.Ended() || started.IsZero() || !p.ReadsSecret("gafaelfawr") || secret.Changed().Before(started.Add(secretGrace))
			c.ExpectOf(p, fresh, "to have started after its Secret was changed", "started at "+started.UTC().Format(time.RFC3339)+
				", and Secret gafaelfawr was changed at "+secret.Changed().UTC().Format(time.RFC3339))
		}
	})
}
