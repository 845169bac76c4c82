package muster

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(reportSchema))
	require.NoError(t, err)
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	require.NoError(t, compiler.AddResource("report.schema.json", doc))
	schema, err := compiler.Compile("report.schema.json")
	require.NoError(t, err)
	return schema
}

func validate(schema *jsonschema.Schema, body string) error {
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
	if err != nil {
		return err
	}
	return schema.Validate(doc)
}

// Reports of every probe conform to the schema, whether they pass or fail.
func TestReportsFollowTheSchema(t *testing.T) {
	t.Parallel()
	schema := compiledSchema(t)
	bare, lying := honest(), honest()
	bare.user, bare.token.Scopes = gafaelfawr.UserInfo{Username: user}, nil
	lying.instead = says(200, "application/json", "{}")
	dead := honest()
	dead.instead = says(500, "text/html", "")
	for name, s := range map[string]*running{
		"honest": start(t, Config{GafaelfawrURL: serveTeller(t, honest())}),
		"bare":   start(t, Config{GafaelfawrURL: serveTeller(t, bare)}),
		"lying":  start(t, Config{GafaelfawrURL: serveTeller(t, lying)}),
		"dead":   start(t, Config{GafaelfawrURL: serveTeller(t, dead)}), "nowhere": start(t, Config{}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			statuses := map[Status]bool{}
			for _, p := range s.server.reporter.probes {
				for _, lines := range [][][2]string{nil, userLines(), delegatedLines(),
					append(delegatedLines(), [2]string{"X-Auth-Request-Service", "muster"}, [2]string{"Cookie", "gafaelfawr=x"}),
					{{"X-Auth-Request-User", ""}, {"X-Auth-Request-Token", ""}}, oddLines} {
					for _, method := range []string{"GET", "OPTIONS", "POST"} {
						got := s.send(sent{method: method, target: "/muster" + p.JSONPath(), lines: lines})
						require.Equal(t, http.StatusOK, got.status)
						assert.NoError(t, validate(schema, got.body), "%s %s %v: %s", method, p.Name, lines, got.body)
						statuses[decodeReport(t, got.body).Status] = true
					}
				}
			}
			assert.Equal(t, map[Status]bool{Pass: true, Fail: true}, statuses)
		})
	}
}

// The schema rejects documents that only look like a report.
func TestSchemaRefuses(t *testing.T) {
	t.Parallel()
	schema := compiledSchema(t)
	good := start(t,
		Config{GafaelfawrURL: serveTeller(t, honest())}).get("/muster/probes/delegated", delegatedLines()...).
		body
	require.NoError(t, validate(schema, good))
	for name, spoil := range map[string]func(map[string]any){
		"unknown member":          func(r map[string]any) { r["more"] = 1 },
		"unknown member below":    func(r map[string]any) { r["sighting"].(map[string]any)["more"] = 1 },
		"unknown member of users": func(r map[string]any) { r["user_info"].(map[string]any)["more"] = 1 },
		"no status":               func(r map[string]any) { delete(r, "status") },
		"skipped as a whole":      func(r map[string]any) { r["status"] = "skip" },
		"no checks":               func(r map[string]any) { r["checks"] = []any{} },
		"no sighting":             func(r map[string]any) { delete(r, "sighting") },
		"other version":           func(r map[string]any) { r["schema"] = 1 },
		"token as a fingerprint":  func(r map[string]any) { r["identity"].(map[string]any)["token"] = delegatedToken },
		"half a header line":      func(r map[string]any) { r["sighting"].(map[string]any)["headers"] = []any{[]any{"A"}} },
		"check without a message": func(r map[string]any) { r["checks"].([]any)[0].(map[string]any)["message"] = "" },
		"unknown outcome":         func(r map[string]any) { r["checks"].([]any)[0].(map[string]any)["outcome"] = "ok" },
	} {
		var report map[string]any
		require.NoError(t, json.Unmarshal([]byte(good), &report))
		spoil(report)
		out, err := json.Marshal(report)
		require.NoError(t, err)
		assert.Error(t, validate(schema, string(out)), name)
	}
}

func TestSchemaIsServed(t *testing.T) {
	t.Parallel()
	got := start(t, Config{}).get("/muster/report.schema.json")
	assert.Equal(t, "application/schema+json", got.header.Get("Content-Type"))
	assert.JSONEq(t, string(reportSchema), got.body)
	var head struct {
		Defs struct {
			Report struct {
				Properties struct {
					Schema struct {
						Const int `json:"const"`
					} `json:"schema"`
				} `json:"properties"`
			} `json:"Report"`
		} `json:"$defs"`
	}
	require.NoError(t, json.Unmarshal([]byte(got.body), &head))
	assert.Equal(t, SchemaVersion, head.Defs.Report.Properties.Schema.Const)
}
