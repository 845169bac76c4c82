package gafaelfawr

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The operator tells an empty list of scopes from none, and refuses members
// that it does not expect.
func TestIngressConfigJSON(t *testing.T) {
	no := false
	for want, config := range map[string]IngressConfig{
		`{"scopes":{"anonymous":true}}`: {Scopes: Scopes{Anonymous: true}},
		`{"scopes":{"all":[]},"onlyServices":["muster"]}`: {
			Scopes: Scopes{All: []string{}}, OnlyServices: []string{"muster"},
		},
		`{"scopes":{"all":["a"]},"service":"muster","delegate":{"internal":{"service":"muster","scopes":[]},` +
			`"minimumLifetime":3600}}`: {
			Scopes: Scopes{All: []string{"a"}}, Service: "muster",
			Delegate: &Delegate{Internal: &InternalToken{Service: "muster", Scopes: []string{}}, MinimumLifetime: 3600}},
		`{"scopes":{"any":["a"]},"delegate":{"notebook":{}},"allowCookies":false,"authType":"basic"}`: {
			Scopes: Scopes{Any: []string{"a"}}, Delegate: &Delegate{Notebook: &struct{}{}}, AllowCookies: &no,
			AuthType: "basic"},
	} {
		out, err := json.Marshal(config)
		require.NoError(t, err)
		assert.JSONEq(t, want, string(out))
		var again IngressConfig
		require.NoError(t, json.Unmarshal(out, &again))
		assert.Equal(t, config, again)
	}
}
