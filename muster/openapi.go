package muster

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"

	"github.com/lsst-sqre/muster/muster/daemon"
)

//go:embed report.schema.json
var reportSchema []byte

// object is a JSON object of the OpenAPI document.
type object map[string]any

func serveSchema(w http.ResponseWriter, _ *exchange) {
	daemon.WriteBody(w, http.StatusOK, "application/schema+json", reportSchema)
}

func (s *Server) serveOpenAPI(w http.ResponseWriter, x *exchange) {
	daemon.WriteJSON(w, http.StatusOK, s.openAPI(x.Request))
}

// openAPI is made of the table of routes, so that it cannot forget one.
func (s *Server) openAPI(r *http.Request) object {
	paths := object{}
	for _, route := range s.table {
		paths[route.path] = route.operations()
	}
	return object{
		"openapi": "3.1.0",
		"info": object{
			"title": s.cfg.Name, "version": s.cfg.Version, "summary": "What reaches an application behind this deployment's ingresses",
			"description": "Each probe stands behind an ingress of its own kind. Authentication is the ingress's business, and so are the answers 401, 403 and 429, which are not described here.",
		},
		"servers":    []object{{"url": strings.TrimSuffix(s.externalURL(r), s.cfg.PathPrefix)}},
		"paths":      paths,
		"components": object{"schemas": schemas()},
	}
}

// operations describes every method that the route answers. A probe answers
// any; described are those that a client may use without surprise.
func (r *route) operations() object {
	methods := r.methods
	if methods == nil {
		methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodOptions}
	}
	item := object{}
	for _, method := range methods {
		answers := object{}
		for _, a := range r.doc.answers {
			a.addTo(answers, method == http.MethodHead)
		}
		answers["default"] = object{"description": "The request could not be answered", "content": object{
			"application/json": object{"schema": object{"$ref": "#/components/schemas/Problem"}}}}
		name := strings.ReplaceAll(r.label, "-", "_")
		if r.label == "asset" {
			name += "_" + r.path[strings.LastIndexByte(r.path, '.')+1:]
		}
		item[strings.ToLower(method)] = object{
			"operationId": strings.ToLower(method) + "_" + name,
			"summary":     r.doc.summary,
			"responses":   answers,
		}
	}
	return item
}

func (a answerDoc) addTo(answers object, bodiless bool) {
	status := strconv.Itoa(a.status)
	answer, ok := answers[status].(object)
	if !ok {
		answer = object{"description": a.text}
		answers[status] = answer
	}
	if a.contentType == "" || bodiless {
		return
	}
	schema := object{"type": "string"}
	if a.schema != "" {
		schema = object{"$ref": "#/components/schemas/" + a.schema}
	} else if strings.HasSuffix(a.contentType, "json") {
		schema = object{"type": "object"}
	}
	content, ok := answer["content"].(object)
	if !ok {
		content = object{}
		answer["content"] = content
	}
	media, _, _ := strings.Cut(a.contentType, ";")
	content[media] = object{"schema": schema}
}

// describe is the answer in a line, for people.
func (a answerDoc) describe() string {
	if a.contentType == "" {
		return fmt.Sprintf("%d", a.status)
	}
	media, _, _ := strings.Cut(a.contentType, ";")
	return fmt.Sprintf("%d %s", a.status, media)
}

// schemas are those of the report, and those of the few other answers.
func schemas() object {
	var report struct {
		Defs object `json:"$defs"`
	}
	text := strings.ReplaceAll(string(reportSchema), "#/$defs/", "#/components/schemas/")
	if err := json.Unmarshal([]byte(text), &report); err != nil {
		panic(err) // embedded, and tested
	}
	maps.Copy(report.Defs, smallSchemas())
	return report.Defs
}

func smallSchemas() object {
	text, url := object{"type": "string"}, object{"type": "string", "format": "uri"}
	detail := closed(object{"msg": text, "type": text, "loc": object{"type": "array", "items": text},
		"input": object{}, "ctx": object{"type": "object"}}, "msg", "type")
	return object{
		"Metadata": closed(object{"name": text, "version": text, "description": text, "repository_url": url, "documentation_url": url},
			"name", "version", "description", "repository_url", "documentation_url"),
		"Health": closed(object{"status": object{"const": "healthy"}}, "status"),
		"Result": closed(object{"ok": object{"const": true}}, "ok"),
		"Index": closed(object{"metadata": object{"$ref": "#/components/schemas/Metadata"}, "anonymous_url": url, "auth_cached_url": url, "auth_vinyl_url": url,
			"auth_required_url": url, "auth_redirect_url": url, "auth_quota_url": url, "delegated_url": url, "authorization_url": url},
			"metadata", "anonymous_url", "auth_cached_url", "auth_vinyl_url", "auth_required_url", "auth_redirect_url", "auth_quota_url", "delegated_url", "authorization_url"),
		"AuthInfo": closed(object{"username": text, "email": text}, "username"),
		"DelegatedInfo": closed(object{"username": text, "email": text,
			"name": object{"type": []string{"string", "null"}}, "uid": object{"type": []string{"integer", "null"}}, "gid": object{"type": []string{"integer", "null"}},
			"groups": object{"type": "array", "items": object{"$ref": "#/components/schemas/Group"}}}, "username", "name", "uid", "gid", "groups"),
		"Error":   closed(object{"detail": object{"type": "array", "minItems": 1, "items": detail}}, "detail"),
		"Problem": closed(object{"detail": object{"type": []string{"string", "array"}}}, "detail"),
		"OpenAPI": object{"type": "object", "required": []string{"openapi", "info", "paths"}},
	}
}

// closed is the schema of an object with these members and no other.
func closed(members object, required ...string) object {
	return object{"type": "object", "properties": members, "required": required, "additionalProperties": false}
}
