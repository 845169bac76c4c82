package muster

import (
	_ "embed"
	"encoding/json"
	"maps"
	"net/http"
	"strings"

	"github.com/lsst-sqre/muster/muster/daemon"
)

//go:embed report.schema.json
var reportSchema []byte

//go:embed openapi.json
var openAPIDocument []byte

func serveSchema(w http.ResponseWriter, _ *exchange) {
	daemon.WriteBody(w, http.StatusOK, "application/schema+json", reportSchema)
}

func serveOpenAPI(cfg Config) func(http.ResponseWriter, *exchange) {
	return func(w http.ResponseWriter, x *exchange) { daemon.WriteJSON(w, http.StatusOK, openAPI(cfg, x.Request)) }
}

// openAPI is the embedded document with the schemas of the report, and with the
// name, version and address of this server.
func openAPI(cfg Config, r *http.Request) map[string]any {
	var doc, report map[string]any
	mustDecode(openAPIDocument, &doc)
	mustDecode([]byte(strings.ReplaceAll(string(reportSchema), "#/$defs/", "#/components/schemas/")), &report)
	schemas := doc["components"].(map[string]any)["schemas"].(map[string]any)
	maps.Copy(schemas, report["$defs"].(map[string]any))
	info := doc["info"].(map[string]any)
	info["title"], info["version"] = cfg.Name, cfg.Version
	doc["servers"] = []any{map[string]any{"url": cfg.externalURL(r)}}
	return doc
}

// mustDecode decodes an embedded file. A test decodes each.
func mustDecode(file []byte, into any) {
	if err := json.Unmarshal(file, into); err != nil {
		panic(err)
	}
}
