package diagnoses

import "github.com/lsst-sqre/muster/validation/verdict"

// secrets are causes that Kubernetes shows of Vault and cert-manager.
var secrets = []rule{
	{
		says: "Vault refuses the credentials of vault-secrets-operator: they expired, or their policy was " +
			"changed. No secret can be read; pods keep working until they restart.",
		symptoms: []symptom{state("TestVaultSecrets", "denied"), found("TestVaultSecrets", verdict.CodeAll)},
	},
	{
		says:     "Vault is sealed or unreachable: no secret can be read; pods keep working until they restart.",
		symptoms: []symptom{state("TestVaultSecrets", "sealed")},
	},
	{
		says:     "Vault is sealed or unreachable: no secret can be read; pods keep working until they restart.",
		symptoms: []symptom{state("TestVaultSecrets", "unreachable")},
	},
	{
		says: "Vault refuses one VaultSecret (403): the policy of the operator's credentials does not cover its " +
			"path, such as one of another environment or mount. Nothing was read.",
		symptoms: []symptom{state("TestVaultSecrets", "denied")},
	},
	{
		says: "One secret is not in Vault, although others are: nothing is at its path, or the newest version was " +
			"deleted. Run phalanx secrets sync.",
		symptoms: []symptom{state("TestVaultSecrets", "not-in-vault")},
	},
	{
		says:     "A template of a VaultSecret does not work: correct it in the application's chart.",
		symptoms: []symptom{state("TestVaultSecrets", "template")},
	},
	{
		says: "vault-secrets-operator cannot write a Secret that it has read: the message says which key or rule " +
			"is the reason.",
		symptoms: []symptom{state("TestVaultSecrets", "not-written")},
	},
	{
		says: "vault-secrets-operator has not processed a VaultSecret since it was changed: it does not run, or " +
			"misses changes. The Secret holds the former values.",
		symptoms: []symptom{state("TestVaultSecrets", "stale")},
	},
	{
		says: "A Secret lacks a value that its VaultSecret names: the key is missing or empty in Vault, or a " +
			"template names another one. The operator still reports that the Secret was created.",
		symptoms: []symptom{state("TestVaultSecretsPresent", "incomplete")},
	},
	{
		says: "vault-secrets-operator does not recreate a Secret that was deleted: it does not run, or Vault " +
			"refuses it.",
		symptoms: []symptom{missing("TestVaultSecretsPresent", "Secret")},
	},
	{
		says: "cert-manager's webhook is down: existing certificates stay valid, but no new Certificate is " +
			"accepted.",
		symptoms: []symptom{
			found("TestWorkloads", verdict.CodePods, "ready", "0").about("*cert-manager/cert-manager-webhook"),
		},
	},
	{
		says:     "Two Certificates name one Secret: cert-manager issues both in turn until the authority refuses.",
		symptoms: []symptom{found("TestCertificatesReady", verdict.CodeConflict)},
	},
	{
		says:     "A Certificate names an issuer that does not exist: correct issuerRef, or install the issuer.",
		symptoms: []symptom{found("TestCertificatesReady", verdict.CodeState, "reason", "*Issuer\" not found*")},
		also:     []string{"TestIssuers"},
	},
	{
		says: "A certificate expired, although cert-manager still shows it as Ready, which it computes only every " +
			"ten hours.",
		symptoms: []symptom{state("TestCertificatesReady", "expired")},
	},
	{
		says: "cert-manager fails to renew a certificate and still shows the former one as Ready: clients are refused " +
			"when that ends. The conditions of the Certificate and its CertificateRequest say why.",
		symptoms: []symptom{state("TestCertificatesReady", "renewal-fails")},
		passed:   []string{"TestChallenges"},
	},
	{
		says: "A certificate is renewed only days before its end, so that one failure takes the deployment down: " +
			"raise renewBefore, or remove it.",
		symptoms: []symptom{state("TestCertificatesReady", "renewal-late")},
	},
	{
		says: "The authority refuses certificates for now (rateLimited) because too many were requested. Wait; do " +
			"not retry in the meantime.",
		symptoms: []symptom{found("TestChallenges", verdict.CodeState, "reason", "*rateLimited*")},
	},
	{
		says:     "cert-manager does not reach the authority: an Order has no state, and no event says why.",
		symptoms: []symptom{state("TestChallenges", "order-unanswered")},
	},
	{
		says: "The authority does not reach the host for the HTTP-01 challenge of a certificate: its name is not " +
			"in DNS, or port 80 or the path of the challenge is closed.",
		symptoms: []symptom{state("TestChallenges", "http-challenge-pending")},
	},
	{
		says: "The authority that proves the host over HTTP does not get to the path of its challenges, " +
			"/.well-known/acme-challenge/: port 80 or that path is closed in front of the ingress. Open both, because the " +
			"certificate cannot be renewed.",
		symptoms: []symptom{fails("TestChallengePath")},
	},
	{
		says: "The DNS service refuses the credentials with which cert-manager is to prove a name: the key is wrong, has " +
			"expired, may not change that zone, or has a line end behind it. Correct it in Vault (Secret cert-manager); " +
			"cert-manager then tries again.",
		symptoms: []symptom{state("TestChallenges", "challenge-denied")},
		also:     []string{"TestCertificatesReady"},
		follows:  []symptom{state("TestCertificatesReady", "renewal-due"), state("TestCertificatesReady", "not-issued")},
	},
	{
		says: "cert-manager cannot write the DNS record of a challenge: the event has the error of the DNS " +
			"service.",
		symptoms: []symptom{found("TestChallenges", verdict.CodeState, "reason", "*failed to change Route 53*")},
	},
	{
		says: "The challenge for a certificate does not complete: the DNS record is not where the authority " +
			"looks, because of its CNAME or of credentials for another zone.",
		symptoms: []symptom{state("TestChallenges", "challenge-pending")},
	},
	{
		says:     "The authority refuses a certificate: the Challenge or the Order has its reason.",
		symptoms: []symptom{fails("TestChallenges")},
	},
}
