package validation

import (
	"testing"

	"github.com/lsst-sqre/muster/validation/suite"
)

func TestVaultSecrets(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "vault-secrets-operator could read what every VaultSecret names.",
		Cause: "All fail: Vault is sealed or out of reach, or the operator's credentials have expired. One fails: its path or a key is missing in Vault (phalanx secrets sync). Pods that run go on until they restart. Argo CD shows none of it.",
		Needs: []suite.Feature{suite.Vault},
	}, func(c *suite.Check) {
		for _, v := range suite.Some(c, suite.List(c, suite.VaultSecrets, "", ""), "VaultSecrets") {
			condition := suite.ConditionOf(v.Status.Conditions, "SecretCreated")
			if condition.Status != "absent" || c.Settled(v.Object) {
				c.ExpectOf(v, condition.Status == "True", "the condition SecretCreated True", condition.String()+", path "+v.Spec.Path)
			}
		}
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
			c.ExpectOf(v, ok || !c.Settled(v.Object), "the Secret "+v.ID(), "there is none")
			for key, value := range secret.Data {
				c.ExpectOf(v, len(value) > 0, "a value of "+key+" in its Secret", "it is empty")
			}
		}
	})
}
