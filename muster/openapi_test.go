package muster

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func init() { // pages and assets are only text to the library
	for _, media := range []string{"text/html", "text/css", "image/svg+xml"} {
		openapi3filter.RegisterBodyDecoder(media, openapi3filter.PlainBodyDecoder)
	}
}

func openAPIOf(t *testing.T, s *running) *openapi3.T {
	t.Helper()
	got := s.get("/muster/openapi.json", forwarded...)
	require.Equal(t, http.StatusOK, got.status)
	doc, err := openapi3.NewLoader().LoadFromData([]byte(got.body))
	require.NoError(t, err)
	require.NoError(t, doc.Validate(t.Context()))
	return doc
}

func TestOpenAPIDescribesAllRoutes(t *testing.T) {
	t.Parallel()
	s := start(t, Config{Version: "1.2.3"})
	doc := openAPIOf(t, s)
	assert.Equal(t, "3.1.0", doc.OpenAPI)
	assert.Equal(t, "1.2.3", doc.Info.Version)
	assert.Equal(t, "https://minikube.lsst.codes", doc.Servers[0].URL)
	var described, served []string
	for path := range doc.Paths.Map() {
		described = append(described, path)
	}
	for path := range s.server.routes {
		served = append(served, path)
	}
	assert.ElementsMatch(t, served, described)
	ids := map[string]bool{}
	for path, item := range doc.Paths.Map() {
		for method, operation := range item.Operations() {
			assert.NotEmpty(t, operation.Summary, "%s %s", method, path)
			assert.False(t, ids[operation.OperationID], "%s is the id of two operations", operation.OperationID)
			ids[operation.OperationID] = true
		}
	}
}

// Every described method of every described route gives an answer that is
// described, healthy or not, and every described answer is given by someone.
func TestAnswersFollowTheOpenAPI(t *testing.T) {
	t.Parallel()
	s := start(t, Config{GafaelfawrURL: serveTeller(t, honest())})
	doc := openAPIOf(t, s)
	seen := map[string]bool{}
	for path, item := range doc.Paths.Map() {
		for method, operation := range item.Operations() {
			for _, lines := range [][][2]string{nil, userLines(), delegatedLines(), append(delegatedLines(), [2]string{"Authorization", "Bearer " + delegatedToken}),
				{{"Authorization", "Token bogus"}}, {{"Accept", "text/html"}}} {
				got := s.ask(sent{method: method, target: path, lines: lines})
				require.NotContains(t, []int{404, 405}, got.status, "%s %s", method, path)
				assertDescribed(t, doc, item, operation, method, path, got)
				media, _, _ := strings.Cut(got.header.Get("Content-Type"), ";")
				seen[method+" "+path+" "+strconv.Itoa(got.status)+" "+media] = true
			}
			if method == "HEAD" {
				continue
			}
			for status, response := range operation.Responses.Map() {
				for media := range response.Value.Content {
					if status != "default" {
						assert.True(t, seen[method+" "+path+" "+status+" "+media], "nobody saw %s %s answer %s %s", method, path, status, media)
					}
				}
			}
		}
	}
}

func assertDescribed(t *testing.T, doc *openapi3.T, item *openapi3.PathItem, operation *openapi3.Operation, method, path string, got answer) {
	t.Helper()
	_, ok := operation.Responses.Map()[strconv.Itoa(got.status)]
	require.True(t, ok, "%s %s answers %d, which is not described", method, path, got.status)
	if method == "HEAD" {
		return
	}
	request := httptest.NewRequest(method, path, nil)
	route := &routers.Route{Spec: doc, Path: path, PathItem: item, Method: method, Operation: operation}
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: request, Route: route},
		Status:                 got.status, Header: got.header, Body: io.NopCloser(strings.NewReader(got.body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	}
	assert.NoError(t, openapi3filter.ValidateResponse(t.Context(), input), "%s %s: %s", method, path, got.body)
}

// The document would notice a wrong answer.
func TestOpenAPIRefuses(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	doc := openAPIOf(t, s)
	item := doc.Paths.Find("/muster/probes/anonymous")
	good := s.get("/muster/probes/anonymous")
	for name, body := range map[string]string{
		"no JSON":      "x",
		"not a report": `{"ok":true}`,
		"one more":     strings.Replace(good.body, `"schema":1`, `"schema":1,"more":2`, 1),
		"bad status":   strings.Replace(good.body, `"status":"pass"`, `"status":"skip"`, 1),
		"bad instance": strings.Replace(good.body, s.server.about.Instance, "x", 1),
	} {
		require.NotEqual(t, good.body, body)
		input := &openapi3filter.ResponseValidationInput{
			RequestValidationInput: &openapi3filter.RequestValidationInput{Request: httptest.NewRequest(http.MethodGet, "/muster/probes/anonymous", nil),
				Route: &routers.Route{Spec: doc, Path: "/muster/probes/anonymous", PathItem: item, Method: "GET", Operation: item.Get}},
			Status: 200, Header: good.header, Body: io.NopCloser(bytes.NewReader([]byte(body))),
		}
		assert.Error(t, openapi3filter.ValidateResponse(t.Context(), input), name)
	}
}

func TestRoutesHaveDistinctPathsAndLabels(t *testing.T) {
	t.Parallel()
	server, err := New(Config{}, nil)
	require.NoError(t, err)
	assert.Len(t, server.table, len(server.routes), "two routes have the same path")
	var labels []string
	for _, r := range server.table {
		labels = append(labels, r.label)
	}
	slices.Sort(labels)
	assert.Len(t, slices.Compact(labels), len(server.table)-1, "only the two assets share a label")
}
