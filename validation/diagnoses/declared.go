package diagnoses

// declaredHoles and declaredPaths are causes for which a path that the
// environment declares under `protected` is not as it should be, though Muster's
// own routes are: else one that is of the whole deployment comes before them.
var (
	declaredHoles = []rule{
		{
			says:     "{path} is open to everyone, while other routes are not: its Ingress has no auth-url (it was edited, or is the application's own), or its GafaelfawrIngress was not made into one and a broader anonymous one answers.",
			saw:      []symptom{status("TestNoToken", 200)},
			declared: true,
		},
		{
			says:     "{path} lets in any valid token, while other routes do not: its GafaelfawrIngress asks for no scope, or for another than `protected` in the environment file says.",
			saw:      []symptom{status("TestUnscopedToken", 200)},
			declared: true,
		},
	}
	declaredPaths = []rule{
		{
			says:     "{path} answers 500 to whom it should refuse, while other routes refuse: the auth-url of its Ingress leads to a path or service that is not there. Restart Gafaelfawr's operator, which writes the Ingress anew.",
			saw:      []symptom{status("TestNoToken", 500)},
			declared: true,
		},
		{
			says:     "{path} answers 500 for 403, while other routes do not: its Ingress lacks the configuration-snippet or auth-url that Gafaelfawr's operator writes. Restart the operator, which writes the Ingress anew.",
			saw:      []symptom{status("TestUnscopedToken", 500)},
			declared: true,
		},
		{
			says:     "{path} has no endpoints: the pods of its application are not ready.",
			saw:      []symptom{status("TestNoToken", 503)},
			declared: true,
		},
		{
			says:     "{path} is not served: its application is not installed, or the environment file names a path that it does not have.",
			saw:      []symptom{status("TestNoToken", 404)},
			declared: true,
		},
		{
			says:     "{path} sends callers to the login: if its GafaelfawrIngress is meant to (loginRedirect), the environment file says so with loginRedirect: true.",
			saw:      []symptom{status("TestNoToken", 302)},
			declared: true,
		},
		{
			says:     "{path} asks for another scope than `protected` in the environment file says.",
			saw:      []symptom{challenge("TestUnscopedToken", "scope")},
			declared: true,
		},
	}
)
