package runner

import (
	_ "embed"
	"encoding/json"
	"maps"
	"net/http"
	"strings"

	"github.com/lsst-sqre/muster/muster/daemon"
	"github.com/lsst-sqre/muster/validation/verdict"
)

//go:embed answers.schema.json
var answersSchema string

//go:embed openapi.json
var openAPIDocument string

// reportReference is how the schema of the answers refers to that of the reports.
const reportReference = "../verdict/report.schema.json#/$defs/"

// wholeSchema is the schema of the answers with what it takes from that of the
// reports, whose definitions are found at the path.
func wholeSchema(at string) map[string]any {
	var answers, report map[string]any
	mustDecode(strings.NewReplacer(reportReference, at, "#/$defs/", at).Replace(answersSchema), &answers)
	mustDecode(strings.ReplaceAll(verdict.ReportSchema, "#/$defs/", at), &report)
	maps.Copy(answers["$defs"].(map[string]any), report["$defs"].(map[string]any))
	return answers
}

// openAPI is the embedded document with the schemas, the version and the address of
// this runner.
func (r *web) openAPI(q *http.Request) map[string]any {
	var doc map[string]any
	mustDecode(openAPIDocument, &doc)
	doc["components"].(map[string]any)["schemas"] = wholeSchema("#/components/schemas/")["$defs"]
	doc["info"].(map[string]any)["version"] = r.cfg.Version
	doc["servers"] = []any{map[string]any{"url": "https://" + r.host(q) + r.cfg.PathPrefix}}
	return doc
}

// mustDecode decodes an embedded file. A test decodes each.
func mustDecode(file string, into any) {
	if err := json.Unmarshal([]byte(file), into); err != nil {
		panic(err)
	}
}

func (r *web) serveOpenAPI(w http.ResponseWriter, q *http.Request) {
	daemon.WriteJSON(w, http.StatusOK, r.openAPI(q))
}

func serveSchema(w http.ResponseWriter, _ *http.Request) {
	daemon.WriteBody(w, http.StatusOK, "application/schema+json", daemon.JSON(wholeSchema("#/$defs/")))
}

// servePageOfAPI shows what programs can ask.
func (r *web) servePageOfAPI(w http.ResponseWriter, q *http.Request) {
	paths := r.openAPI(q)["paths"].(map[string]any)
	maps.DeleteFunc(paths, func(path string, _ any) bool { return strings.HasPrefix(path, "/pages/") })
	r.render(w, http.StatusOK, "api", struct {
		daemon.Frame
		Prefix, Command string
		Paths           map[string]any
	}{r.frame(q, "API of the runner"), r.cfg.PathPrefix, r.again(q)("^TestQuota"), paths})
}
