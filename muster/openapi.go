package muster

import (
	_ "embed"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/lsst-sqre/muster/muster/daemon"
)

//go:embed report.schema.json
var reportSchema []byte

//go:embed openapi.json
var openAPIDocument []byte

// openAPI is the OpenAPI document. The server knows the members that have a
// name, and passes the others on.
type openAPI struct {
	OpenAPI    string                                 `json:"openapi"`
	Info       map[string]string                      `json:"info"`
	Servers    []map[string]string                    `json:"servers"`
	Paths      map[string]map[string]openAPIOperation `json:"paths"`
	Components map[string]map[string]json.RawMessage  `json:"components"`
}

type openAPIOperation struct {
	ID         string                     `json:"operationId"`
	Summary    string                     `json:"summary"`
	Parameters []json.RawMessage          `json:"parameters,omitempty"`
	Responses  map[string]json.RawMessage `json:"responses"`
}

func serveSchema(w http.ResponseWriter, _ *exchange) {
	daemon.WriteBody(w, http.StatusOK, "application/schema+json", reportSchema)
}

func (s *Server) serveOpenAPI(w http.ResponseWriter, x *exchange) {
	daemon.WriteJSON(w, http.StatusOK, s.openAPI(x.Request))
}

// openAPI is the embedded document with the schemas of the report, and with the
// name, version and address of this server.
func (s *Server) openAPI(r *http.Request) openAPI {
	var doc openAPI
	mustDecode(openAPIDocument, &doc)
	var report struct {
		Defs map[string]json.RawMessage `json:"$defs"`
	}
	mustDecode([]byte(strings.ReplaceAll(string(reportSchema), "#/$defs/", "#/components/schemas/")), &report)
	for name, schema := range report.Defs {
		doc.Components["schemas"][name] = schema
	}
	doc.Info["title"], doc.Info["version"] = s.cfg.Name, s.cfg.Version
	doc.Servers = []map[string]string{{"url": s.externalURL(r)}}
	return doc
}

// mustDecode decodes an embedded file. A test decodes each.
func mustDecode(file []byte, into any) {
	if err := json.Unmarshal(file, into); err != nil {
		panic(err)
	}
}
