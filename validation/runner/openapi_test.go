package runner

import (
	"bufio"
	"html"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/phalanx"
)

// schemas are the compiled definitions of the schema that the runner serves.
type schemas struct {
	t        *testing.T
	compiler *jsonschema.Compiler
}

func (s *site) schemas() schemas {
	s.t.Helper()
	answer, text := s.ask(http.MethodGet, "/answers.schema.json", "")
	require.Equal(s.t, http.StatusOK, answer.StatusCode)
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	require.NoError(s.t, err)
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	require.NoError(s.t, c.AddResource("answers.json", doc))
	return schemas{s.t, c}
}

// assert asserts that an answer conforms to its definition and to the general
// one.
func (s schemas) assert(definition, text string) {
	s.t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	require.NoError(s.t, err, text)
	for _, at := range []string{"answers.json#/$defs/" + definition, "answers.json"} {
		schema, err := s.compiler.Compile(at)
		require.NoError(s.t, err)
		assert.NoError(s.t, schema.Validate(doc), "%s: %s", at, text)
	}
}

// events asserts that the data of each event of a stream conform to the schema,
// and returns the names of the events.
func (s schemas) events(r *bufio.Reader) (names []string) {
	s.t.Helper()
	data := map[string]string{"run": "summary", "start": "change", "end": "change", "result": "run"}
	for {
		e, ok := nextEvent(s.t, r)
		if !ok {
			return names
		}
		require.Contains(s.t, data, e.name)
		s.assert(data[e.name], e.data)
		names = append(names, e.name)
	}
}

// Answers of the real suite for a healthy and for a broken deployment.
func TestAnswersFollowTheSchema(t *testing.T) {
	t.Parallel()
	healthy := phalanx.Defaults()
	s := start(t, against(t, environment(t, deployment(t, healthy))), nil)
	schema := s.schemas()
	for _, query := range []string{"", "?output=true", "?run=TestNothingHasThisName", "?run=^TestQuota$&busy=refuse"} {
		answer, text := s.ask(http.MethodPost, "/run"+query, "")
		require.Equal(t, http.StatusOK, answer.StatusCode, text)
		schema.assert("run", text)
	}
	_, text := s.ask(http.MethodPost, "/run?run=TestQuota", mobuLeast)
	schema.assert("run", text)
	assert.Contains(t, text, `"success":true`)
	names := schema.events(s.open(t.Context(), http.MethodPost, "/run", "Accept", "text/event-stream"))
	assert.Subset(t, names, []string{"run", "start", "end", "result"})
	_, text = s.ask(http.MethodGet, "/runs", "")
	schema.assert("runs", text)
	for _, query := range []string{"", "?output=true"} {
		_, text = s.ask(http.MethodGet, "/runs/"+s.lastID()+query, "")
		schema.assert("run", text)
	}
	assert.Equal(t, []string{"result"},
		schema.events(s.open(t.Context(), http.MethodGet, "/runs/"+s.lastID(), "Accept", "text/event-stream")))
}

func TestAnswersAboutFaultsFollowTheSchema(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"H04", "A22", "T01"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			s := start(t, seeded(t, fault), nil)
			answer, text := s.ask(http.MethodPost, "/run?output=true", "")
			require.Equal(t, http.StatusOK, answer.StatusCode, text)
			s.schemas().assert("run", text)
			assert.NotContains(t, text, `"diagnoses":[]`)
		})
	}
}

// Answers without a result: for a run in progress, a stopped run, and an invalid
// request.
func TestOtherAnswersFollowTheSchema(t *testing.T) {
	t.Parallel()
	s, stopping, end := lingering(t)
	schema := s.schemas()
	_, text := s.ask(http.MethodGet, "/runs/"+stopping.ID, "")
	schema.assert("running", text)
	_, text = s.ask(http.MethodGet, "/runs", "")
	schema.assert("runs", text)
	answer, text := s.ask(http.MethodPost, "/run?busy=refuse", "")
	assert.Equal(t, http.StatusConflict, answer.StatusCode)
	schema.assert("busy", text)
	end()
	<-stopping.ended
	_, text = s.ask(http.MethodGet, "/runs/"+stopping.ID, "")
	schema.assert("run", text)
	assert.Contains(t, text, `"stopped":`)
	for request, status := range map[string]int{
		"GET /runs/none": 404, "GET /none": 404, "PUT /run": 405, "POST /run?run=(": 422, "POST /run?busy=no&x=y": 422,
	} {
		method, path, _ := strings.Cut(request, " ")
		answer, text := s.ask(method, path, "")
		assert.Equal(t, status, answer.StatusCode, request)
		schema.assert("problem", text)
	}
	answer, text = s.ask(http.MethodPost, "/run", "[]")
	assert.Equal(t, http.StatusUnprocessableEntity, answer.StatusCode)
	schema.assert("problem", text)
}

func TestSchemaRefusesOtherAnswers(t *testing.T) {
	t.Parallel()
	s := start(t, child(t, "passes"), nil)
	schema, err := s.schemas().compiler.Compile("answers.json")
	require.NoError(t, err)
	for _, text := range []string{`{}`, `[]`, `{"schema":2}`, `{"schema":3,"runs":[]}`, `{"schema":2,"runs":[],"more":1}`,
		`{"status":"pass","id":"x","trigger":"cron","started":"2026-03-01T12:00:00Z","seconds":1,"page":"/x"}`} {
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		require.NoError(t, err)
		assert.Error(t, schema.Validate(doc), text)
	}
}

// The document lists every route, and its page those for programs.
func TestOpenAPIDescribesAllRoutes(t *testing.T) {
	t.Parallel()
	cfg := child(t, "passes")
	cfg.Host, cfg.Version = "data.example.org", "1.2.3"
	s := start(t, cfg, nil)
	_, text := s.ask(http.MethodGet, "/openapi.json", "")
	doc, err := openapi3.NewLoader().LoadFromData([]byte(text))
	require.NoError(t, err)
	require.NoError(t, doc.Validate(t.Context()))
	assert.Equal(t, "https://data.example.org/muster/runner", doc.Servers[0].URL)
	assert.Equal(t, "1.2.3", doc.Info.Version)
	page := html.UnescapeString(s.page("api"))
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			assert.Equal(t, !strings.HasPrefix(path, "/pages/"),
				strings.Contains(page, "<code>"+method+" /muster/runner"+path+"</code>"), path)
			if strings.Contains(path, "{") || method == http.MethodPost {
				continue
			}
			answer, _ := s.ask(method, path, "")
			assert.Equal(t, http.StatusOK, answer.StatusCode, path)
		}
	}
	assert.Contains(t, page, `'https://data.example.org/muster/runner/run?run=%5ETestQuota'`)
	for _, choice := range []string{"run", "busy", "leave", "output"} {
		assert.Contains(t, page, "<li><code>"+choice+"</code>")
	}
	for name := range choices {
		assert.Contains(t, text, `"name":"`+name+`"`, "a parameter of POST /run")
	}
	assert.NotContains(t, text, "report.schema.json#", "a reference that leads nowhere")
}
