package validation

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lsst-sqre/muster/validation/suite"
)

func TestVaultSecrets(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "vault-secrets-operator could read the Vault path of every VaultSecret, and has done so since its last " +
			"change. None was deleted and stays.",
		Cause: "The operator's message says which of these it is: Vault does not answer, its policy refuses, " +
			"nothing is at the path, or a template does not work. Running pods keep working until they restart. " +
			"Argo CD shows none of it.",
		Needs: []suite.Feature{suite.Vault},
	}, func(c *suite.Check) {
		all, failed := suite.Some(c, suite.List(c, suite.VaultSecrets, "", ""), "VaultSecrets"), 0
		suite.Deleted(c, all)
		for _, v := range all {
			if !c.Judge(v, "the condition SecretCreated True", v.Trouble(time.Now(), c.Grace())) {
				failed++
			}
		}
		// Those that wait for their turn, once a minute, still say what was before.
		most := failed > 1 && 2*failed > len(all)
		c.Expect(!most, nil, "some that could be read", fmt.Sprintf("not one of most: %d of %d fail", failed, len(all)),
			suite.AllFail(failed))
	})
}

func TestVaultSecretsPresent(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Every VaultSecret has its Secret, with every key that it names, and no value of it is empty.",
		Cause: "A missing Secret that was read: vault-secrets-operator, which makes a deleted one anew at once, " +
			"does not run. A missing or empty value: the operator takes what it finds, and says that the Secret was " +
			"created.",
		Needs: []suite.Feature{suite.Vault, suite.ReadSecrets},
	}, func(c *suite.Check) {
		for _, v := range suite.Some(c, suite.List(c, suite.VaultSecrets, "", ""), "VaultSecrets") {
			secret, ok := suite.Get(c, suite.Secrets, v.Namespace(), v.Meta.Name)
			if !ok {
				if !v.Read() || !c.Settled(v.Object) {
					c.Remark("%s has no Secret: TestVaultSecrets judges why", v)
					continue
				}
				keys := strings.Join(v.Wanted(), ", ")
				c.ExpectOf(v, false, "the Secret "+v.ID(), strings.TrimSuffix("there is none, which should have the keys "+keys,
					", which should have the keys "),
					suite.Missing("Secret"))
			}
			c.ExpectOf(v, !ok || !secret.Immutable, "a Secret that can be changed",
				"it is immutable: what changes in Vault does not reach it", suite.Setting("immutable", "", "true"))
			for _, problem := range v.SecretTroubles(secret) {
				c.ExpectOf(v, !ok, "a value for every key that it names", problem, suite.State("incomplete"))
			}
		}
	})
}

func TestVaultPaths(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "All VaultSecrets that were read are from the same part of Vault, that of this environment.",
		Cause: "A path was copied from another environment: its secrets (client ids, keys that sign tokens) are " +
			"used here. Phalanx puts vaultPathPrefix of environments/values-NAME.yaml in front of all.",
		Needs: []suite.Feature{suite.Vault},

		Security: true,
	}, func(c *suite.Check) {
		all := slices.DeleteFunc(slices.Clone(suite.Some(c, suite.List(c, suite.VaultSecrets, "", ""), "VaultSecrets")),
			func(v suite.VaultSecret) bool { return !v.Stored() })
		own := partOfVault(c, all)
		if own == "" {
			return
		}
		for _, v := range all {
			for _, p := range v.VaultPaths() {
				inside := strings.HasPrefix(p, own+"/")
				if !v.Read() && !inside {
					c.Remark("%s names the path %s, and was not read: TestVaultSecrets judges why", v, p)
					continue
				}
				c.ExpectOf(v, inside, "a path below "+own, "the path "+p, suite.Setting("path", own, p))
			}
		}
	})
}

// partOfVault is the part that is the environment's: the declared one, or else that of
// most VaultSecrets. It is "" where neither is known.
func partOfVault(c *suite.Check, all []suite.VaultSecret) string {
	if declared := strings.Trim(c.Env().Vault.PathPrefix, "/"); declared != "" {
		return declared
	}
	count, paths := map[string]int{}, 0
	for _, v := range all {
		for _, p := range v.VaultPaths() {
			count[path.Dir(p)]++
			paths++
		}
	}
	prefixes := slices.SortedFunc(maps.Keys(count), func(a, b string) int {
		return cmp.Or(count[b]-count[a], cmp.Compare(a, b))
	})
	if paths > 0 && 2*count[prefixes[0]] > paths {
		return prefixes[0]
	}
	for i, prefix := range prefixes {
		prefixes[i] = fmt.Sprintf("%d below %s", count[prefix], prefix)
	}
	c.Remark("no VaultSecret was judged, as no part of Vault is that of most: %s", suite.Few(prefixes))
	return ""
}

// secretGrace is how much later than the pods a Secret may appear, as when all
// is installed at once.
const secretGrace = 5 * time.Minute

func TestSecretsLoaded(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Gafaelfawr uses the current data of its Secret.",
		Cause: "Gafaelfawr reads its Secret (bootstrap token, session secret, passwords) when it starts: kubectl -n " +
			"gafaelfawr rollout restart deployment/gafaelfawr deployment/gafaelfawr-operator.",
		Needs: []suite.Feature{suite.Vault, suite.ReadSecrets},
	}, func(c *suite.Check) {
		secret, ok := suite.Get(c, suite.Secrets, "gafaelfawr", "gafaelfawr")
		if !ok {
			c.Skip("there is no Secret gafaelfawr/gafaelfawr")
		}
		accepted, known := c.BootstrapAccepted(secret)
		for _, p := range suite.List(c, suite.Pods, "gafaelfawr", "") {
			started := p.Started()
			if p.Ended() || started.IsZero() || !p.ReadsSecret("gafaelfawr") ||
				secret.Changed().Before(started.Add(secretGrace)) {
				continue
			}
			actual := "started at " + started.UTC().Format(time.RFC3339) + ", and Secret gafaelfawr was changed at " +
				secret.Changed().UTC().Format(time.RFC3339)
			// A sync of Argo CD can make the Secret anew with the values that it had.
			if !known || accepted {
				c.Remark("%s %s; that does not show that a value of it is another", p, actual)
				continue
			}
			c.ExpectOf(p, false, "to have started after its Secret was changed", actual+
				", and Gafaelfawr refuses the bootstrap token that it holds", suite.Overdue("restart"))
		}
	})
}
