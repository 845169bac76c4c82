package tokens

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/environment"
)

// The command that repeats a request must name tokens and never hold one.
func TestCurlHidesTokens(t *testing.T) {
	id := &Identity{Spec: Spec{Name: "two-words"}, Token: gafaelfawr.NewToken()}
	env := &environment.Environment{Name: "test", URL: "https://a.example", Address: "192.0.2.1:8443"}
	assert.NoError(t, env.Complete("."))
	to, err := client.New(env, nil)
	assert.NoError(t, err)
	for name, with := range map[string]client.Credential{
		"bearer": Bearer(id), "tab": BearerAfterTab(id), "user": BasicUser(id), "password": BasicPassword(id),
		"both": BasicBoth(id), "pair": BasicPair(id, id),
	} {
		t.Run(name, func(t *testing.T) {
			curl := to.Curl(client.Response{
				Request: client.Request{Method: "GET", Credential: with}, URL: "https://a.example/x",
			})
			assert.Contains(t, curl, "TWO_WORDS")
			assert.Contains(t, curl, "--connect-to a.example:443:192.0.2.1:8443")
			assert.NotContains(t, curl, id.Token.Reveal())
			assert.NotContains(t, curl, with[0].Value)
		})
	}
	wrong := WrongSecret(id)
	assert.NotContains(t, wrong[0].Value, id.Token.Reveal())
	assert.NotContains(t, wrong[0].Shell, id.Token.Key())
}

func TestSpecShellName(t *testing.T) {
	assert.Equal(t, "$SCOPED_TESTX", (&Identity{Spec: Spec{Name: "scoped-testx"}}).Variable())
}
