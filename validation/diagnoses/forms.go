package diagnoses

import "github.com/lsst-sqre/muster/validation/verdict"

// oneForm are causes that only one of several forms of the same meets: a version of HTTP, a
// way to write a credential, an address or a header. Wider causes are refuted by the
// other forms, and come after them.
var oneForm = []rule{
	{
		says: "Over HTTP/2 only the first of several cookies arrives: clients send each in a line of its own there, and " +
			"something in front does not join them. Browsers with several cookies are taken for others, or for nobody. " +
			"Update that proxy.",
		hole: true, // of two sessions the wrong one may count
		symptoms: []symptom{
			found("TestCredentialPairs", verdict.CodeHeaderValue, "name", "Cookie", "at", verdict.Application),
			found("TestSession", verdict.CodeHeaderValue, "name", "Cookie", "at", verdict.Application),
		},
		passed: []string{"TestForeignCookiesKept", "TestSessionCookieStripped"},
		absent: []symptom{overHTTP1("TestCredentialPairs"), overHTTP1("TestSession"),
			found("TestCredentialPairs", verdict.CodeHeaderValue, "name", "Cookie", "got", "*gafaelfawr=*")},
		also: []string{"TestSessionPairs"},
	},
	{
		says: "Over HTTP/2 bodies reach applications empty or cut ({got} of {want} bytes), and over HTTP/1.1 whole: what " +
			"takes HTTP/2 in front loses them. Send the printed request to the ingress controller directly; then update " +
			"that proxy.",
		symptoms: []symptom{value("TestBodies", "length of the body at the application")},
		passed:   []string{"TestAuthenticated"},
		absent:   []symptom{overHTTP1("TestBodies"), overHTTP1("TestContents"), overHTTP1("TestUpload")},
		also:     []string{"TestUpload", "TestContents", "TestAnswersInvariant"},
	},
	{
		says: "Requests with a body and a token get {got} over HTTP/2, and pass over HTTP/1.1 or without a body: " +
			"ingress-nginx does not read the body on while it asks Gafaelfawr, as of some releases and with ModSecurity, or " +
			"what takes HTTP/2 in front holds it back. Update it; until then switch HTTP/2 off (use-http2).",
		symptoms: []symptom{found("TestBodies", verdict.CodeStatus, "got", "5*")},
		passed:   []string{"TestAuthenticated", "TestFormsOverHTTP2"},
		absent:   []symptom{overHTTP1("TestBodies"), overHTTP1("TestContents"), overHTTP1("TestUpload")},
		also:     []string{"TestContents", "TestForms", "TestMethodsProtected", "TestManyGroups"},
	},
	{
		says: "A session cookie in quotes, as RFC 6265 allows, is not read, and one without is: browsers are sent to the " +
			"login again and again. Gafaelfawr's parser of cookies, or that of a proxy in front, keeps the quotes.",
		symptoms: []symptom{found("TestSession", verdict.CodePermission, "caller", "a session in quotes", "got", "401")},
		passed:   []string{"TestSessionSecret"},
		absent:   []symptom{status("TestSession", 401)},
	},
	{
		says: "Tokens are not read as the password of Basic authentication, and are as its user name: programs that write " +
			"x-oauth-basic or a name before the token are refused, as of Git and WebDAV. Something rewrites Authorization, or " +
			"Gafaelfawr's version has a defect.",
		symptoms: []symptom{formRefused("GET as password"), status("TestBasicLogin", 401)},
		passed:   []string{"TestAuthenticated"},
		absent:   []symptom{formRefused("GET as user name")},
		also:     basicForms,
		masks:    []string{"TestTokenInfo"},
	},
	{
		says: "Tokens are not read as the user name of Basic authentication, and are as its password: programs that write " +
			"the token first are refused. Something rewrites Authorization, or Gafaelfawr's version has a defect.",
		symptoms: []symptom{formRefused("GET as user name"), status("TestBasicLogin", 401)},
		passed:   []string{"TestAuthenticated"},
		absent:   []symptom{formRefused("GET as password")},
		also:     basicForms,
	},
	{
		says: "Anonymous routes refuse (401) visitors whose browser has the cookie of a session that has ended, and others " +
			"not: Gafaelfawr looks at sessions where nobody needs one. Its version has a defect, or something in front asks " +
			"it of its own.",
		symptoms: []symptom{status("TestSessionRevoked", 401).at("*/probes/anonymous")},
		passed:   []string{"TestAnonymous"},
		also:     []string{"TestSessionPairs"},
	},
	{
		says: "A login leads back to the page without its query: people land on another view than the one that they asked " +
			"for. Something in front cuts rd on the way to /login, or Gafaelfawr's version has a defect.",
		symptoms: []symptom{value("TestLoginState", "query of return_url in the session")},
		passed:   []string{"TestLogin"},
	},
	{
		says: "The way back from the login (rd) ends at the first & of a page's query: auth-signin does not escape the " +
			"URL. Have it use $escaped_request_uri, as Gafaelfawr's operator writes it, and update the ingress controller.",
		symptoms: []symptom{value("TestLoginRedirect", "way back (rd) up to the first &")},
		passed:   []string{"TestLogin"},
		follows:  []symptom{found("", verdict.CodeHeaderValue, "name", "Location"), value("", "rd of a long URL")},
	},
	{
		says: "Several Set-Cookie lines of an answer reach clients as one, joined by commas: browsers take the first " +
			"cookie alone. A proxy in front, or what it was written in, joins lines of a header. Update it.",
		symptoms: []symptom{found("TestApplicationAnswers", "", "name", "Set-Cookie", "got", "*, muster-answer-2=*")},
		passed:   []string{"TestAuthenticated"},
	},
}

// basicForms are checks that send tokens in Basic authentication.
var basicForms = []string{"TestBasicLogin", "TestBasicStripped", "TestCredentialPairs", "TestForms",
	"TestFormsOverHTTP2", "TestRevocation", "TestSessionPairs", "TestTokenInfo"}

// formRefused matches a form of a token that is refused before its revocation.
func formRefused(operation string) symptom {
	return found("TestRevocation", verdict.CodePermission, "operation", operation, "caller", "a token", "got", "401")
}
