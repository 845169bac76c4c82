package invariants

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/muster"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// Wherever Muster reports, it saw the request that was sent, by the one who sent it.
func TestReportsOfRequests(t *testing.T) {
	t.Parallel()
	const path = "/muster/probes/quota"
	as := func(user string) *muster.Identity { return &muster.Identity{User: user} }
	for name, c := range map[string]struct {
		method, target, language string
		identity                 *muster.Identity
		anonymous                bool
		rule, of                 string
	}{
		"as it was sent":   {identity: as("alice")},
		"nobody":           {anonymous: true},
		"another method":   {method: http.MethodPost, rule: verdict.InvariantRequest, of: "method"},
		"another path":     {target: "/muster/probes/other", rule: verdict.InvariantRequest, of: "target"},
		"another header":   {language: "en", rule: verdict.InvariantRequest, of: "Accept-Language"},
		"another caller":   {identity: as("bob"), rule: verdict.InvariantCaller, of: "caller"},
		"somebody for one": {identity: as("bob"), anonymous: true, rule: verdict.InvariantCaller, of: "caller"},
	} {
		report := muster.Report{Schema: muster.SchemaVersion, Identity: c.identity, Sighting: muster.Sighting{
			Method: http.MethodGet, Path: path, Headers: []gafaelfawr.HeaderLine{{"Accept-Language", "de"}}}}
		if c.method != "" {
			report.Sighting.Method = c.method
		}
		if c.target != "" {
			report.Sighting.Path = c.target
		}
		if c.language != "" {
			report.Sighting.Headers[0] = gafaelfawr.HeaderLine{"Accept-Language", c.language}
		}
		body, err := json.Marshal(report)
		require.NoError(t, err, name)
		x := exchange(path, http.StatusOK, string(body))
		x.Request.Header.Set("Accept-Language", "de")
		if !c.anonymous {
			part := strings.Repeat("A", 22)
			x.Request.Header.Set(gafaelfawr.HeaderAuthorization, "Bearer gt-"+part+"."+part)
		}
		w := watch(t)
		w.Observe(x)
		found := w.Findings()
		if c.rule == "" {
			assert.Empty(t, found, name)
			continue
		}
		require.Len(t, found, 1, name)
		assert.Equal(t, c.rule, found[0].Args["rule"], name)
		assert.Equal(t, c.of, found[0].Args["name"], name)
		assert.Equal(t, c.rule == verdict.InvariantCaller, found[0].Hole, name)
	}
}
