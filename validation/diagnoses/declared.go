package diagnoses

// declaredHoles and declaredPaths are causes for a wrong path that the
// environment declares under `protected` while Muster's own routes are right.
// Otherwise a cause of the whole deployment comes before them.
var (
	declaredHoles = []rule{
		{
			says: "{path} is open to everyone, although other routes are not: its Ingress has no auth-url (it was " +
				"edited, or is the application's own), or its GafaelfawrIngress has no Ingress and a broader " +
				"anonymous one answers.",
			symptoms: []symptom{status("TestNoToken", 200)},
			declared: true,
		},
		{
			says: "{path} lets in any valid token, although other routes do not: its GafaelfawrIngress asks for " +
				"no scope, or for another one than `protected` in the environment file.",
			symptoms: []symptom{status("TestUnscopedToken", 200)},
			declared: true,
		},
	}
	declaredPaths = []rule{
		{
			says: "{path} answers 500 instead of refusing, although other routes refuse: the auth-url of its " +
				"Ingress names a path or Service that does not exist. Restart Gafaelfawr's operator, which " +
				"rewrites the Ingress.",
			symptoms: []symptom{status("TestNoToken", 500)},
			declared: true,
		},
		{
			says: "{path} answers 500 instead of 403, although other routes do not: its Ingress lacks the " +
				"configuration-snippet or auth-url of Gafaelfawr's operator. Restart the operator, which rewrites " +
				"the Ingress.",
			symptoms: []symptom{status("TestUnscopedToken", 500)},
			declared: true,
			refuted:  []string{"TestOperatorIngresses"},
		},
		{
			says:     "{path} has no endpoints because the pods of its application are not ready.",
			symptoms: []symptom{status("TestNoToken", 503)},
			declared: true,
			refuted:  []string{"TestOtherWorkloads"},
		},
		{
			says: "{path} is not served: its application is not installed, nginx does not serve its Ingress, or the " +
				"environment file names a path that does not exist.",
			symptoms: []symptom{status("TestNoToken", 404)},
			declared: true,
		},
		{
			says: "{path} sends callers to the login. If its GafaelfawrIngress is meant to (loginRedirect), add " +
				"loginRedirect: true to the environment file.",
			symptoms: []symptom{status("TestNoToken", 302)},
			declared: true,
		},
		{
			says:     "{path} asks for another scope than its GafaelfawrIngress, or than `protected` in the environment file.",
			symptoms: []symptom{challenge("TestUnscopedToken", "scope")},
			declared: true,
		},
	}
)
