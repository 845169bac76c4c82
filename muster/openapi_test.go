package muster

import (
	"io"
	"net/http"
	"net/http/httptest"
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
	assert.Equal(t, "https://minikube.lsst.codes/muster", doc.Servers[0].URL)
	var described, served []string
	for path := range concrete(doc) {
		described = append(described, "/muster"+path)
	}
	for path := range s.server.routes {
		// The root and the health route are for the cluster; the prefix only
		// redirects to the index.
		if path != "/" && path != "/healthz" && path != "/muster" {
			served = append(served, path)
		}
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

// concrete returns the described paths with every value of their parameters.
func concrete(doc *openapi3.T) map[string]*openapi3.PathItem {
	paths := map[string]*openapi3.PathItem{}
	for path, item := range doc.Paths.Map() {
		before, rest, ok := strings.Cut(path, "{")
		if !ok {
			paths[path] = item
			continue
		}
		name, after, _ := strings.Cut(rest, "}")
		for _, value := range doc.Components.Parameters[name].Value.Schema.Value.Enum {
			paths[before+value.(string)+after] = item
		}
	}
	return paths
}

// Every described route gives a described answer, healthy or not, and every
// described answer occurs.
func TestAnswersFollowTheOpenAPI(t *testing.T) {
	t.Parallel()
	s := start(t, Config{GafaelfawrURL: serveTeller(t, honest())})
	doc := openAPIOf(t, s)
	seen := map[string]bool{}
	for path, item := range concrete(doc) {
		for _, lines := range [][][2]string{
			nil, userLines(), delegatedLines(), append(delegatedLines(), [2]string{"Authorization", "Bearer " + delegatedToken}),
			{{"Authorization", "Token bogus"}}, {{"Accept", "text/html"}},
		} {
			got := s.send(sent{target: "/muster" + path, lines: lines})
			require.NotContains(t, []int{404, 405}, got.status, path)
			assertDescribed(t, doc, item, path, got)
			media, _, _ := strings.Cut(got.header.Get("Content-Type"), ";")
			seen[path+" "+strconv.Itoa(got.status)+" "+media] = true
		}
		for status, response := range item.Get.Responses.Map() {
			for media := range response.Value.Content {
				if status != "default" {
					assert.True(t, seen[path+" "+status+" "+media], "no %s answered %s %s", path, status, media)
				}
			}
		}
	}
}

func assertDescribed(t *testing.T, doc *openapi3.T, item *openapi3.PathItem, path string, got answer) {
	t.Helper()
	_, ok := item.Get.Responses.Map()[strconv.Itoa(got.status)]
	require.True(t, ok, "%s answers %d, which is not described", path, got.status)
	assert.NoError(t, follows(t, doc, item, path, got), "%s: %s", path, got.body)
}

// follows reports whether an answer conforms to the document.
func follows(t *testing.T, doc *openapi3.T, item *openapi3.PathItem, path string, got answer) error {
	t.Helper()
	return openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{
			Request: httptest.NewRequest(http.MethodGet, path, nil),
			Route:   &routers.Route{Spec: doc, Path: path, PathItem: item, Method: http.MethodGet, Operation: item.Get},
		},
		Status: got.status, Header: got.header, Body: io.NopCloser(strings.NewReader(got.body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	})
}

// A wrong answer does not conform to the document.
func TestOpenAPIRefuses(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	doc := openAPIOf(t, s)
	item := doc.Paths.Find("/probes/{probe}")
	good := s.get("/muster/probes/anonymous")
	for name, body := range map[string]string{
		"no JSON":      "x",
		"not a report": `{"ok":true}`,
		"one more":     strings.Replace(good.body, `"schema":2`, `"schema":2,"more":2`, 1),
		"bad status":   strings.Replace(good.body, `"status":"pass"`, `"status":"skip"`, 1),
		"bad instance": strings.Replace(good.body, s.server.reporter.about.Instance, "x", 1),
	} {
		require.NotEqual(t, good.body, body)
		bad := good
		bad.body = body
		assert.Error(t, follows(t, doc, item, "/probes/anonymous", bad), name)
	}
	require.NoError(t, follows(t, doc, item, "/probes/anonymous", good))
}

func TestLabelsAreDistinct(t *testing.T) {
	t.Parallel()
	server, err := New(Config{}, discard)
	require.NoError(t, err)
	labels := map[string]int{}
	for _, r := range server.routes {
		labels[r.label]++
	}
	assert.Equal(t, 2, labels["asset"])
	assert.Len(t, labels, len(server.routes)-1, "only the two assets share a label")
}
