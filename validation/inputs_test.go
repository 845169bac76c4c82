package validation

import (
	"strings"
	"testing"

	"github.com/lsst-sqre/muster/validation/suite"
)

// input is a request that Gafaelfawr's API cannot take. It refuses it with the type of
// the error and the place in the request. None of them changes anything.
type input struct {
	method, path, body string
	status             int
	kind               string
	// says is how the message begins; in and at are the place, such as query and ip_address.
	says, in, at string
}

const (
	theirTokens = "/auth/api/v1/users/USER/tokens"
	// history is that of a user's tokens.
	history = "/auth/api/v1/users/USER/token-change-history"
	// noToken is a token that nobody has: a key is 16 bytes in Base64.
	noToken = "/auth/api/v1/users/USER/tokens/AAAAAAAAAAAAAAAAAAAAAA"
)

// inputs are refused by Gafaelfawr 13.0.0 to main alike (exceptions.py there; healthy.json,
// api/...). Those that no valid token may send are in operations. A malformed cursor is not among
// them: 15.0.0 refuses it by its pattern, in other words than its own error.
var inputs = []input{
	{"GET", history + "?ip_address=muster", "", 422, "invalid_ip_address", "Invalid IP address: ", "query", "ip_address"},
	{"GET", noToken, "", 404, "not_found", "Token not found", "path", "key"},
	{"DELETE", noToken, "", 404, "not_found", "Token not found", "path", "key"},
	{"PATCH", noToken, `{"token_name":"muster none"}`, 404, "not_found", "Token not found", "path", "key"},
	{"POST", theirTokens, `{"token_name":"NAME"}`, 409, "duplicate_token_name", "Token name NAME already used", "body",
		"token_name"},
	{"POST", theirTokens, noScopes, 422, "invalid_scopes", "Requested scopes are broader than your", "body", "scopes"},
}

func TestInputsRefused(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "What Gafaelfawr's API cannot take it refuses with the type of the error and the place in the request, " +
			"by which programs tell their users what is wrong.",
		Cause: "Another body: something in front writes error pages of its own for the API. Another type or place: " +
			"Gafaelfawr's version has other errors than 15.0 to 16.",
	}, func(c *suite.Check) {
		owner := tokenOwner(c, "mistaken")
		made, err := c.CreateToken(suite.Spec{Name: "taken", User: owner.User, Owner: owner})
		c.NoError(err, "a token that a user makes for themselves")
		names := strings.NewReplacer("USER", owner.User, "NAME", made.Info.Name)
		for _, i := range inputs {
			a := c.Do(suite.Request{Method: i.method, Target: c.Site(names.Replace(i.path)),
				Credential: suite.Bearer(owner), Body: names.Replace(i.body)})
			if a.Code >= 500 {
				a.Status(i.status)
				continue
			}
			// A filter that is not looked at is no hole, so Status would say too much.
			if c.Equal(a, "status of "+i.method+" "+i.path, i.status, a.Code) {
				refuses(a, i.kind, names.Replace(i.says), i.in, i.at)
			}
		}
	})
}

// refuses verifies that the body names one error, with its type, its place, and a message
// that begins so.
func refuses(a *suite.Answer, kind, says, in, at string) {
	a.WholeBody(object{"detail": []any{object{"msg": suite.Begins(says), "type": kind, "loc": []any{in, at}}}})
}
