package suite

// outages are causes for which hardly anything can be asked.
var outages = []diagnosis{
	{
		says: "The controller serves the certificate that it made up: the Secret of the deployment's own is missing, or its key does not belong to it.",
		saw:  []finding{{"TestCertificateTrusted", ""}, {"TestControllerCertificate", ""}},
	},
	{says: "The certificate has expired or is not valid yet.", saw: []finding{{"TestCertificateTrusted", ""}, {"TestCertificateValidity", ""}}},
	{says: "The certificate is for another host name.", saw: []finding{{"TestCertificateTrusted", ""}, {"TestCertificateName", ""}}},
	{says: "The certificate comes without its intermediate.", saw: []finding{{"TestCertificateTrusted", ""}, {"TestCertificateChain", ""}}},
	{
		says: "Gafaelfawr has no endpoints: its pods are not ready, and every route answers 500.",
		saw:  []finding{{"TestMusterDeployed", "gave 500"}, {"TestLogin", got503}},
	},
	{
		says: "Gafaelfawr refuses connections: its process is not up, and every route answers 500.",
		saw:  []finding{{"TestMusterDeployed", "gave 500"}, {"TestLogin", got502}},
	},
	{
		says: "Muster has no endpoints: its pods are not ready.",
		saw:  []finding{{"TestMusterDeployed", "gave 503"}},
		met:  []string{"TestGafaelfawrVersion"},
	},
	{
		says: "Muster answers, but not on its path: the path prefix in its configuration (MUSTER_PATH_PREFIX) is not that of its Ingresses.",
		saw:  []finding{{"TestMusterDeployed", "gave 404 (application/json"}},
	},
	{
		says: "The controller does not serve Muster, whose Ingresses are of another class; another application answers on its paths.",
		saw:  []finding{{"TestMusterDeployed", "gave 404"}, {"TestIngressClass", ""}},
	},
	{
		says: "Muster has no Ingresses, so that another application answers on its paths: Gafaelfawr's operator did not make them of its GafaelfawrIngresses.",
		saw:  []finding{{"TestMusterDeployed", "gave 404"}, {"TestOperatorIngresses", "there is none"}},
	},
	{
		says: "Gafaelfawr answers 500 to every token: it cannot reach the Redis that has them.",
		saw:  []finding{{"TestBootstrapToken", "answered 500"}, {"TestUnknownToken", got500}},
	},
	{
		says: "Gafaelfawr cannot make tokens, though it looks them up: it cannot reach its database (PostgreSQL), or the database takes no writes.",
		saw:  []finding{{"TestBootstrapToken", "answered 500"}},
		met:  []string{"TestLogin", "TestUnknownToken"},
	},
	{
		says: "Authorization headers are lost before they reach Gafaelfawr or an application: a proxy in front drops them.",
		saw:  []finding{{"TestBootstrapToken", ""}, {"TestForeignAuthorizationKept", "no header Authorization"}},
	},
	{
		says: "The bootstrap token is not the one that Gafaelfawr started with, so no check can make tokens: the Secret was changed since, or is another deployment's. Gafaelfawr reads it when it starts.",
		saw:  []finding{{"TestBootstrapToken", "answered 401: Token is not valid"}},
	},
}
