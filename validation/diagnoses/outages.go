package diagnoses

import "github.com/lsst-sqre/muster/validation/verdict"

// outages are causes that let hardly any request succeed.
var outages = []rule{
	{
		says: "A Service leads to a port that its pods do not have, so that the ingress answers 503 for it: its " +
			"targetPort is none of their names. Sync its Application.",
		symptoms: []symptom{setting("TestBackendsExist", "ports"), status("", 503)},
		follows:  []symptom{found("", verdict.CodeNotServed, "status", "503")},
		masks:    []string{"TestMusterDeployed"},
	},
	{
		says: "A second server is asked about every path, also about those without authentication: global-auth-url in " +
			"ingress-nginx's ConfigMap. Nobody can log in. Remove it.",
		objects:  []symptom{setting("TestControllerSettings", "global-auth-url")},
		symptoms: []symptom{setting("TestControllerSettings", "global-auth-url")},
	},
	{
		says: "Deleting one token of a user deletes the user's other tokens: every program and page of a person stops when " +
			"one token ends. Something else than Gafaelfawr answers DELETE, or its version has a defect.",
		symptoms: []symptom{found("TestRevocation", verdict.CodePermission, "caller", "another token of the user")},
		passed:   []string{"TestNoToken"},
		also:     []string{"TestOwnTokensListed"},
		follows:  []symptom{status("", 401), mixed("", 401), api("", "401"), api("", "404"), found("", verdict.CodeNoReport)},
		first:    "tokens",
	},
	{
		says: "ingress-nginx serves its self-signed fake certificate because no Ingress references the " +
			"deployment's TLS Secret. In Phalanx Argo CD's Ingress does, with tls and the issuer; it was removed " +
			"or never installed.",
		symptoms: []symptom{
			fails("TestCertificateTrusted"),
			fails("TestControllerCertificate"),
			found("TestTLSSecrets", verdict.CodeUnreferenced),
		},
		refuted: []string{"TestServedCertificate"},
		also:    []string{"TestServedCertificate"},
	},
	{
		says: "ingress-nginx serves its self-signed fake certificate because the Secret that the Ingress " +
			"references is not in the namespace of that Ingress, or does not exist yet.",
		symptoms: []symptom{
			fails("TestCertificateTrusted"),
			fails("TestControllerCertificate"),
			missing("TestTLSSecrets", "Secret"),
		},
		refuted: []string{"TestServedCertificate"},
		also:    []string{"TestServedCertificate"},
	},
	{
		says: "ingress-nginx serves its self-signed fake certificate because the Secret's content is not PEM. It " +
			"was encoded twice, or lost its line ends, on its way into Vault.",
		symptoms: []symptom{
			fails("TestCertificateTrusted"),
			fails("TestControllerCertificate"),
			found("TestTLSSecrets", verdict.CodeUnusable, "problem", verdict.ProblemNotPEM),
		},
		refuted: []string{"TestServedCertificate"},
		also:    []string{"TestServedCertificate"},
	},
	{
		says: "ingress-nginx serves its self-signed fake certificate because it cannot use the Secret's " +
			"certificate: the key does not belong to it.",
		symptoms: []symptom{fails("TestCertificateTrusted"), fails("TestControllerCertificate"), fails("TestTLSSecrets")},
		refuted:  []string{"TestServedCertificate"},
		also:     []string{"TestServedCertificate"},
	},
	{
		says: "ingress-nginx serves its self-signed fake certificate: it has no certificate for the deployment, " +
			"or cannot use it.",
		tellApart: "The Secret is missing, in another namespace, unreadable or without its key. To tell: run " +
			"TestTLSSecrets, with the features ingress-nginx and secrets.",
		symptoms: []symptom{fails("TestCertificateTrusted"), fails("TestControllerCertificate")},
		refuted:  []string{"TestServedCertificate"},
		also:     []string{"TestServedCertificate"},
	},
	{
		says:     "The certificate has expired or is not valid yet.",
		symptoms: []symptom{fails("TestCertificateTrusted"), fails("TestCertificateValidity")},
		also:     []string{"TestServedCertificate"},
	},
	{
		says:     "The certificate is for another host name.",
		symptoms: []symptom{fails("TestCertificateTrusted"), fails("TestCertificateName")},
		also:     []string{"TestServedCertificate"},
	},
	{
		says: "The certificate comes from Let's Encrypt's staging authority, which no client trusts: cert-manager " +
			"still uses the issuer for tests.",
		symptoms: []symptom{found("TestCertificateTrusted", verdict.CodeCertificate, "issuer", "*(STAGING)*")},
	},
	{
		says: "The certificate comes with another intermediate than the one that issued it, {issuer}. It was renewed, and " +
			"the intermediate of the former one is still sent. Write the leaf and then its own intermediates into tls.crt.",
		symptoms: []symptom{found("TestCertificateChain", verdict.CodeCertificate, "problem", verdict.ProblemIntermediate),
			fails("TestCertificateTrusted")},
	},
	{
		says:     "The certificate comes without its intermediate.",
		symptoms: []symptom{fails("TestCertificateTrusted"), fails("TestCertificateChain")},
	},
	{
		says: "The certificate comes from an authority that this machine does not know, {issuer}. If it is the site's own, " +
			"give it to pods and users, and name it under `ca` in the environment file.",
		symptoms: []symptom{
			found("TestCertificateTrusted", verdict.CodeCertificate, "problem", verdict.ProblemUnknownAuthority),
		},
		passed: []string{"TestCertificateChain", "TestCertificateValidity", "TestCertificateName"},
	},
	{
		says:     "Gafaelfawr has no endpoints because its pods are not ready. Every route answers 500.",
		symptoms: []symptom{status("TestMusterDeployed", 500), status("TestLogin", 503)},
		refuted:  []string{"TestGafaelfawrVersion"},
		also:     []string{"TestIngressesServed"},
	},
	{
		says:     "Gafaelfawr refuses connections because its process is not running. Every route answers 500.",
		symptoms: []symptom{status("TestMusterDeployed", 500), status("TestLogin", 502)},
		refuted:  []string{"TestGafaelfawrVersion"},
	},
	{
		says:     "Muster has no endpoints because its pods are not ready.",
		symptoms: []symptom{status("TestMusterDeployed", 503)},
		masks:    []string{"TestDiscovery"},
		passed:   []string{"TestGafaelfawrVersion"},
		refuted:  []string{"TestIngressesServed"},
	},
	{
		says: "The environment file has another path for Muster than service discovery, which lists it at {got}. " +
			"Write that " +
			"path as muster.path.",
		symptoms: []symptom{found("TestDiscovery", verdict.CodeValue, "name", "Muster", "got", "https://*"),
			found("TestMusterDeployed", verdict.CodeStatus)},
	},
	{
		says: "Muster answers, but not on its path: its path prefix (MUSTER_PATH_PREFIX) differs from that of its " +
			"Ingresses.",
		symptoms: []symptom{found("TestMusterDeployed", verdict.CodeStatus, "got", "404", "type", "application/json*")},
	},
	{
		says: "The controller does not serve Muster because Muster's Ingresses have another class. Another " +
			"application answers on its paths.",
		symptoms: []symptom{status("TestMusterDeployed", 404), fails("TestIngressClass")},
		also:     []string{"TestOperatorIngresses"},
	},
	{
		says: "Muster has no Ingresses, so another application answers on its paths: Gafaelfawr's operator did " +
			"not make them from its GafaelfawrIngresses.",
		symptoms: []symptom{status("TestMusterDeployed", 404), missing("TestOperatorIngresses", "Ingress")},
	},
	{
		says:     "Gafaelfawr answers 500 to every token because it cannot reach the Redis with the tokens.",
		symptoms: []symptom{api("TestBootstrapToken", "500"), status("TestUnknownToken", 500)},
		refuted:  []string{"TestServiceTokenSecrets"},
	},
	{
		says: "Gafaelfawr looks up tokens but cannot make any: it cannot reach its database (PostgreSQL), or the " +
			"database refuses writes, or the Redis with the tokens does, because it is full (maxmemory).",
		tellApart: "To tell: Gafaelfawr's log names the one that failed. If it names neither, its version has a defect.",
		symptoms:  []symptom{api("TestBootstrapToken", "500")},
		passed:    []string{"TestLogin", "TestUnknownToken"},
		refuted:   []string{"TestTokenInfo"},
	},
	{
		says: "Gafaelfawr makes tokens and does not know them afterwards (401): it writes them into one Redis and reads " +
			"another, its Redis throws them away, or its version has a defect. Look at redisUrl in its configuration, at " +
			"the policy and the memory of the Redis, and at its log.",
		symptoms: []symptom{value("TestBootstrapToken", "new token")},
		also:     []string{"TestServiceTokenSecrets"},
	},
	{
		says: "New tokens do not work at once: some time passes between the answer and the first request that is let in. " +
			"Gafaelfawr reads a copy of its Redis that is behind, or something keeps that it did not know the token.",
		symptoms: []symptom{found("TestBootstrapToken", verdict.CodeSlow, "what", "new token")},
		first:    "tokens",
	},
	{
		says: "Authorization headers are lost before they reach Gafaelfawr or an application: a proxy in front " +
			"drops them.",
		symptoms: []symptom{
			fails("TestBootstrapToken"),
			found("TestForeignAuthorizationKept", verdict.CodeHeaderMissing, "name", "Authorization"),
		},
		refuted: []string{"TestServiceTokenSecrets"},
	},
	{
		says: "Gafaelfawr makes no tokens of services for the holder of its bootstrap token (permission_denied), " +
			"so that no check can have one: it does not know the scope admin:token, or takes bot-* for names of " +
			"people. What answers POST tokens is of another version, or has a defect.",
		symptoms: []symptom{found("TestBootstrapToken", verdict.CodeAPIStatus, "got", "403", "error", "permission_denied")},
	},
	{
		says: "Gafaelfawr finds no token in requests that have one (no_authorization), so that nobody gets in: something " +
			"between the ingress and Gafaelfawr drops Authorization, or its version has a defect.",
		symptoms: []symptom{found("TestBootstrapToken", verdict.CodeAPIStatus, "got", "401", "error", "no_authorization")},
		follows:  []symptom{challenge("", "error"), challenge("", "error_description"), noHeader("", "Location")},
	},
	{
		says: "Gafaelfawr has tokens in its Redis and does not find them in its database: they work, and can neither be " +
			"listed, edited nor revoked. It reads another database or one without their rows, such as an older backup, or its " +
			"version has a defect.",
		symptoms: []symptom{
			found("TestTokenInfo", verdict.CodeAPIStatus, "path", "*/token-info", "got", "403", "error", "invalid_token"),
		},
		passed:  []string{"TestBootstrapToken"},
		follows: []symptom{probe("", "token-info-answers"), found("", verdict.CodeAPIStatus, "error", "not_found")},
		first:   "tokens",
	},
	{
		says: "Gafaelfawr uses another bootstrap token than its Secret has: the Secret was changed, and " +
			"Gafaelfawr reads it only when it starts. Restart Gafaelfawr.",
		symptoms: []symptom{
			found("TestBootstrapToken", verdict.CodeAPIStatus, "got", "401", "error", "invalid_token"),
			fails("TestSecretsLoaded"),
		},
		refuted: []string{"TestTokenInfo"},
	},
	{
		says: "The bootstrap token is not the one that Gafaelfawr started with, so no check can make tokens: the " +
			"Secret was changed since, or belongs to another deployment. Gafaelfawr reads it only when it starts.",
		symptoms: []symptom{found("TestBootstrapToken", verdict.CodeAPIStatus, "got", "401", "error", "invalid_token")},
		refuted:  []string{"TestTokenInfo"},
	},
}
