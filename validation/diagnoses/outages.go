package diagnoses

import "github.com/lsst-sqre/muster/validation/verdict"

// outages are causes for which hardly anything can be asked.
var outages = []rule{
	{
		says:  "Connections to the deployment are lost again and again: what else failed may have failed for that alone.",
		apart: "The edge itself (its pods are killed, its connections are limited) and what lies before it (a load balancer with a dead member, a firewall) look the same from here: ask the controller from inside the cluster.",
		saw:   []symptom{found("", verdict.CodeConnectionLost)},
	},
	{
		says: "Clocks differ: tokens expire early or late, and what else failed may have failed for that. A node of the deployment, or this machine, does not keep time (NTP).",
		saw:  []symptom{found("TestClock", verdict.CodeClock)},
	},
	{
		says: "Answers are kept on their way: a cache in front gives what it gave to others, so that nothing that this run saw is certain.",
		saw:  []symptom{found("TestFresh", "", "name", "X-Muster-Nonce")},
	},
	{
		says:  "Something limits the rate of requests: of several at the same time some get 503, without Gafaelfawr's X-RateLimit headers.",
		apart: "ingress-nginx does (limit-rps, limit-connections on the Ingress), or a firewall in front, or one of several pods of the application has no endpoint: the controller's log has `limiting` in the first case.",
		saw:   []symptom{found("TestAlike", verdict.CodeMixed, "got", "503", "type", "text/html*")},
	},
	{
		says:  "One of several controllers has another configuration, and does not know a path: what else failed may have failed for that.",
		apart: "Either one could not load its newest configuration (a RELOAD event of its pod), or two ingress-nginx serve the same IngressClass: kubectl get pods -A -l app.kubernetes.io/name=ingress-nginx.",
		saw:   []symptom{mixed("TestAlike", 404)},
	},
	{
		says: "One of several Gafaelfawrs fails: what else failed may have failed for that. Their logs tell which.",
		saw:  []symptom{mixed("TestAlike", 500)},
	},
	{
		says: "The controller serves the certificate that it made up, for no Ingress names the Secret of the deployment's own: the Ingress with tls and the issuer, Argo CD's in Phalanx, was removed or is not installed.",
		saw:  []symptom{fails("TestCertificateTrusted"), fails("TestControllerCertificate"), found("TestTLSSecrets", verdict.CodeUnreferenced)},
	},
	{
		says: "The controller serves the certificate that it made up, for the Secret that the Ingress names is not in the namespace of that Ingress, or was not made yet.",
		saw:  []symptom{fails("TestCertificateTrusted"), fails("TestControllerCertificate"), missing("TestTLSSecrets", "Secret")},
	},
	{
		says: "The controller serves the certificate that it made up, for what the Secret holds is not PEM: it was encoded twice, or lost its line ends, on its way into Vault.",
		saw:  []symptom{fails("TestCertificateTrusted"), fails("TestControllerCertificate"), found("TestTLSSecrets", verdict.CodeUnusable, "problem", verdict.ProblemNotPEM)},
	},
	{
		says: "The controller serves the certificate that it made up, for the Secret's cannot be used: its key does not belong to it.",
		saw:  []symptom{fails("TestCertificateTrusted"), fails("TestControllerCertificate"), fails("TestTLSSecrets")},
	},
	{
		says:  "The controller serves the certificate that it made up: it has none of the deployment's own, or cannot use it.",
		apart: "From outside it cannot be told whether the Secret is missing, in another namespace, unreadable or without its key: TestTLSSecrets tells, with the features ingress-nginx and secrets.",
		saw:   []symptom{fails("TestCertificateTrusted"), fails("TestControllerCertificate")},
	},
	{says: "The certificate has expired or is not valid yet.", saw: []symptom{fails("TestCertificateTrusted"), fails("TestCertificateValidity")}},
	{says: "The certificate is for another host name.", saw: []symptom{fails("TestCertificateTrusted"), fails("TestCertificateName")}},
	{
		says: "The certificate comes from Let's Encrypt's staging authority, which nobody trusts: the issuer in cert-manager is still the one for tests.",
		saw:  []symptom{found("TestCertificateTrusted", verdict.CodeCertificate, "issuer", "*(STAGING)*")},
	},
	{says: "The certificate comes without its intermediate.", saw: []symptom{fails("TestCertificateTrusted"), fails("TestCertificateChain")}},
	{
		says: "The certificate comes from an authority that this machine does not know: one of the site's own, which pods and users must be given, and which `ca` in the environment file names to this suite.",
		saw:  []symptom{found("TestCertificateTrusted", verdict.CodeCertificate, "problem", verdict.ProblemUnknownAuthority)},
		met:  []string{"TestCertificateChain", "TestCertificateValidity", "TestCertificateName"},
	},
	{
		says: "Gafaelfawr has no endpoints: its pods are not ready, and every route answers 500.",
		saw:  []symptom{status("TestMusterDeployed", 500), status("TestLogin", 503)},
	},
	{
		says: "Gafaelfawr refuses connections: its process is not up, and every route answers 500.",
		saw:  []symptom{status("TestMusterDeployed", 500), status("TestLogin", 502)},
	},
	{
		says: "Muster has no endpoints: its pods are not ready.",
		saw:  []symptom{status("TestMusterDeployed", 503)},
		met:  []string{"TestGafaelfawrVersion"},
	},
	{
		says: "Muster answers, but not on its path: the path prefix in its configuration (MUSTER_PATH_PREFIX) is not that of its Ingresses.",
		saw:  []symptom{found("TestMusterDeployed", verdict.CodeStatus, "got", "404", "type", "application/json*")},
	},
	{
		says: "The controller does not serve Muster, whose Ingresses are of another class; another application answers on its paths.",
		saw:  []symptom{status("TestMusterDeployed", 404), fails("TestIngressClass")},
	},
	{
		says: "Muster has no Ingresses, so that another application answers on its paths: Gafaelfawr's operator did not make them of its GafaelfawrIngresses.",
		saw:  []symptom{status("TestMusterDeployed", 404), missing("TestOperatorIngresses", "Ingress")},
	},
	{
		says: "Gafaelfawr answers 500 to every token: it cannot reach the Redis that has them.",
		saw:  []symptom{api("TestBootstrapToken", "500"), status("TestUnknownToken", 500)},
	},
	{
		says: "Gafaelfawr cannot make tokens, though it looks them up: it cannot reach its database (PostgreSQL), or the database takes no writes.",
		saw:  []symptom{api("TestBootstrapToken", "500")},
		met:  []string{"TestLogin", "TestUnknownToken"},
	},
	{
		says: "Authorization headers are lost before they reach Gafaelfawr or an application: a proxy in front drops them.",
		saw:  []symptom{fails("TestBootstrapToken"), found("TestForeignAuthorizationKept", verdict.CodeHeaderMissing, "name", "Authorization")},
	},
	{
		says: "Gafaelfawr goes on with another bootstrap token than its Secret holds: the Secret was changed, and Gafaelfawr was not restarted since, which reads it when it starts.",
		saw:  []symptom{found("TestBootstrapToken", verdict.CodeAPIStatus, "got", "401", "error", "invalid_token"), fails("TestSecretsLoaded")},
	},
	{
		says: "The bootstrap token is not the one that Gafaelfawr started with, so no check can make tokens: the Secret was changed since, or is another deployment's. Gafaelfawr reads it when it starts.",
		saw:  []symptom{found("TestBootstrapToken", verdict.CodeAPIStatus, "got", "401", "error", "invalid_token")},
	},
}
