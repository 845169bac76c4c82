package muster

// explanation puts a check into words for someone who has never seen Phalanx.
type explanation struct {
	// Title is what is right when the check passes.
	Title string
	// Means says why it matters.
	Means string
	// Remedy says where to look when it is not so.
	Remedy string
}

// explanations has an entry for every check that the server makes.
var explanations = map[string]explanation{
	checkNoIdentity: {
		"Nobody is named where nobody logged in",
		"An application believes the X-Auth-Request headers without asking further. Where nobody was authenticated they must not arrive, or anyone could call themselves anything.",
		"The ingress does not mask these headers. Look at the Ingress that Gafaelfawr made for this path: its auth-url and auth-response-headers annotations must be there, and snippets and annotations of the risk level Critical must be allowed in ingress-nginx.",
	},
	checkOptionsPolicy: {
		"OPTIONS requests arrive only where they may",
		"A browser sends OPTIONS before it calls another site. Gafaelfawr lets such questions through, and others only where the ingress allows them.",
		"Compare allowOptions in the GafaelfawrIngress with the auth-url annotation of the Ingress; a request that did not pass Gafaelfawr at all looks the same.",
	},
	checkUser: {
		"The request was authenticated, and one user is named",
		"Gafaelfawr names the user in the header X-Auth-Request-User. Without it the request came around the authentication; with two, an application may believe the wrong one.",
		"If no user is named: the path may be served by another, anonymous Ingress, or someone reached the pod directly. Check that this path has its own GafaelfawrIngress, that its status is True, and that the NetworkPolicy admits only the ingress.",
	},
	checkExpectedUser: {
		"Only the one permitted user gets here",
		"This ingress is restricted to a single user name, whatever else a caller may do.",
		"Look at username in the GafaelfawrIngress and in the auth-url annotation of the Ingress made of it.",
	},
	checkEmail: {
		"At most one email address is told",
		"The email address is optional: not every deployment knows one. Two of them would leave the application to guess.",
		"Something in front of this server adds the header a second time, or the caller's own is not removed.",
	},
	checkService: {
		"The calling service is told if there is one",
		"When a service acts for a user, Gafaelfawr names it, so that an application can admit only certain services.",
		"Look at onlyServices in the GafaelfawrIngress, and at the token of the caller: it must be one that was delegated to that service.",
	},
	checkCookie: {
		"The login cookie was taken off",
		"The cookie named gafaelfawr is the user's whole session. An application that sees it could act as the user anywhere.",
		"If the request was an ordinary one, the Ingress does not replace the Cookie header: check its auth-response-headers annotation. If cookies were written in an unusual way (no space after the semicolon, a tab, a space before the equals sign), this is a known weakness of Gafaelfawr's filter.",
	},
	checkAuthorization: {
		"The login token was taken off",
		"A token in the Authorization header can do whatever the user can. An application must never receive it.",
		"If the request was an ordinary one, the Ingress does not replace the Authorization header: check its auth-response-headers annotation. With a tab behind Bearer or Basic this is a known weakness of Gafaelfawr's filter.",
	},
	checkNoToken: {
		"No token is handed out unasked",
		"This ingress asks for no delegated token, so none may arrive: every token in an application is one more that can be stolen.",
		"Either the caller's own X-Auth-Request-Token header is not removed, or delegate is set in the GafaelfawrIngress of this path.",
	},
	checkToken: {
		"A delegated token arrived",
		"With this token the application can ask other services for the user's data, and Gafaelfawr who the user is.",
		"Look at delegate in the GafaelfawrIngress, and that auth-response-headers of the Ingress names X-Auth-Request-Token.",
	},
	checkTokenInAuth: {
		"The delegated token also stands in Authorization",
		"Some applications only look there. It must be the delegated token and nothing else, above all not the caller's own.",
		"Look at delegate.useAuthorization in the GafaelfawrIngress, and that auth-response-headers of the Ingress names Authorization.",
	},
	checkUserInfo: {
		"Gafaelfawr says who the user is",
		"This server asked Gafaelfawr with the delegated token, as any application may.",
		"If there was no answer, the server cannot reach Gafaelfawr: check MUSTER_GAFAELFAWR_URL or service discovery, DNS inside the cluster, the certificate, and egress rules. If the answer was 401, the token that arrived is not valid. If it was 500, look at Gafaelfawr's log: LDAP or Firestore may be down.",
	},
	checkUserInfoUser: {
		"Gafaelfawr and the headers name the same user",
		"If they differ, the headers are not from Gafaelfawr, or the token is someone else's.",
		"Something rewrites the headers between Gafaelfawr and the application, or answers are cached across users.",
	},
	checkUserInfoEmail: {
		"Gafaelfawr and the headers agree on the email address",
		"If they differ, the header is not from Gafaelfawr, or what Gafaelfawr knows changed a moment ago.",
		"Reload the page after five minutes, for which Gafaelfawr remembers what LDAP said. If it stays, compare the auth-response-headers annotation of the Ingress.",
	},
	checkTokenInfo: {
		"Gafaelfawr says what the token is",
		"The answer tells type, scopes and lifetime of the delegated token.",
		"As for the question who the user is: the server must reach Gafaelfawr, and the token must be valid.",
	},
	checkTokenUser: {
		"The token is the user's own",
		"A token of anyone else would let the application act as that person.",
		"Something mixes up requests between Gafaelfawr and the application. Look for a cache of authentication answers (authCacheDuration) and for proxies in between.",
	},
	checkTokenType: {
		"The token is of the type that was asked for",
		"Internal tokens are bound to a service, notebook tokens are not and can do more.",
		"Compare delegate in the GafaelfawrIngress with the auth-url annotation of the Ingress made of it.",
	},
	checkTokenService: {
		"The token is bound to the right service",
		"Other applications admit or refuse a delegated token by the service that it was made for.",
		"Compare delegate.internal.service in the GafaelfawrIngress with the auth-url annotation of the Ingress.",
	},
	checkTokenParent: {
		"The token was delegated, it is not the user's own",
		"A delegated token ends with the one it was made from. One without a parent would survive a logout.",
		"Someone put another token into X-Auth-Request-Token: the caller, or something between Gafaelfawr and the application.",
	},
	checkTokenScopes: {
		"The token can do no more than was asked for",
		"Scopes are what a token may do. A delegated token gets those that the ingress asks for, and of these only what the user has.",
		"Compare delegate.internal.scopes in the GafaelfawrIngress with the auth-url annotation of the Ingress.",
	},
	checkTokenLifetime: {
		"The token lives long enough, and not for ever",
		"An application needs the token until its work is done: five minutes, unless the ingress asks for more.",
		"Look at delegate.minimumLifetime in the GafaelfawrIngress, and compare the clocks of Gafaelfawr's pod and this one.",
	},
	checkServer: {
		"Muster itself works",
		"An error inside this server; the rest of the page may be incomplete.",
		"The server's log has more. It is worth a bug report.",
	},
}
