package runner

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/faults"
	"github.com/lsst-sqre/muster/fixtures/phalanx"
	"github.com/lsst-sqre/muster/validation/runner/history"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// The real suite against a deployment: a green run, and a red one with its
// evidence.
func TestRunOnce(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]string{verdict.Pass: "", verdict.Fail: "N05"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := phalanx.Defaults()
			if fault != "" {
				f, err := faults.Find(fault)
				require.NoError(t, err)
				f.Seed(&options)
			}
			d := deployment(t, options)
			s := start(t, against(t, environment(t, d)), nil)
			answer, text := s.ask(http.MethodPost, "/run", "")
			assert.Equal(t, http.StatusOK, answer.StatusCode)
			assert.Equal(t, "application/json", answer.Header.Get("Content-Type"))
			assert.Equal(t, "no", answer.Header.Get("X-Accel-Buffering"))
			got := decode(t, text)
			assert.Equal(t, name, got.Status, text)
			assert.Equal(t, history.OnRequest, got.Trigger)
			assert.Greater(t, len(got.Checks), 50)
			assert.Positive(t, got.Requests)
			assert.Nil(t, got.Success, "mobu's members are for who knows mobu")
			for _, c := range got.Checks {
				assert.NotEmpty(t, c.Outcome)
				assert.NotEmpty(t, c.Obligation, c.Name)
				assert.Empty(t, c.Output)
			}
			if fault != "" {
				assert.NotEmpty(t, got.Diagnoses)
				_, text := s.ask(http.MethodGet, "/runs/"+got.ID+"?output=true", "")
				assert.Contains(t, text, "curl -si")
			}
			assert.Empty(t, d.Tokens())

			answer, text = s.ask(http.MethodGet, "/runs/"+got.ID, "")
			assert.Equal(t, http.StatusOK, answer.StatusCode)
			kept := decode(t, text)
			kept.Requests, got.Requests = 0, 0
			assert.Equal(t, got, kept)
			_, text = s.ask(http.MethodGet, "/runs", "")
			assert.Contains(t, text, `"id":"`+got.ID+`"`)
		})
	}
}

func TestPickedChecks(t *testing.T) {
	t.Parallel()
	s := start(t, against(t, environment(t, deployment(t, phalanx.Defaults()))), nil)
	got := s.run("?run=^TestNoToken$&output=true")
	assert.Equal(t, "^TestNoToken$", got.Pattern)
	require.Len(t, got.Checks, 1)
	assert.Equal(t, "TestNoToken", got.Checks[0].Name)

	got = s.run("?run=NoSuchCheck")
	assert.Equal(t, verdict.Incomplete, got.Status)
	require.NotEmpty(t, got.Problems)
	assert.Contains(t, got.Problems[0], "no check matches -run NoSuchCheck")
}

func TestBadQuestions(t *testing.T) {
	t.Parallel()
	s := start(t, child(t, "pass"), nil)
	for query, want := range map[string]string{
		"?run=(":                            "it is no regular expression: error parsing regexp: missing closing )",
		"?run=a&run=b":                      `\"run\" is given more than once`,
		"?busy=maybe":                       `\"maybe\" is not one of join, refuse`,
		"?leave=":                           `\"\" is not one of continue, stop`,
		"?pattern=x":                        `\"pattern\" is not a parameter; known are run, busy, leave and output`,
		"?run=" + strings.Repeat("a", 1001): "it has more than 1000 bytes",
	} {
		answer, text := s.ask(http.MethodPost, "/run"+query, "")
		assert.Equal(t, http.StatusUnprocessableEntity, answer.StatusCode, query)
		assert.Contains(t, text, want)
	}
	answer, text := s.ask(http.MethodPost, "/run", strings.Repeat(" ", bodyLimit+1))
	assert.Equal(t, http.StatusRequestEntityTooLarge, answer.StatusCode, text)
	for path, status := range map[string]int{
		"GET /run": 405, "DELETE /runs/x": 405, "GET /runs/x": 404, "GET /nothing": 404, "GET /pages/runs/x": 404,
		"GET /": 303, "GET ": 303, "GET /pages/": 303,
	} {
		method, path, _ := strings.Cut(path, " ")
		answer, _ := s.ask(method, path, "")
		assert.Equal(t, status, answer.StatusCode, path)
	}
	answer, _ = s.ask(http.MethodGet, "/runs", "", "Accept", "text/html,*/*")
	assert.Equal(t, "/muster/runner/pages/runs", answer.Header.Get("Location"))
	runs, _ := s.history.List()
	assert.Empty(t, runs, "none of these ran anything")
}

// A page of another site must not use the session of its visitor.
func TestForeignPage(t *testing.T) {
	t.Parallel()
	s := start(t, child(t, "pass"), nil)
	for _, path := range []string{"/run", "/pages/run"} {
		for _, headers := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"},
			{"Origin", "https://evil.example"}} {
			answer, _ := s.ask(http.MethodPost, path, "", headers...)
			assert.Equal(t, http.StatusForbidden, answer.StatusCode)
		}
		answer, _ := s.ask(http.MethodPost, path, "", "Sec-Fetch-Site", "same-origin")
		assert.NotEqual(t, http.StatusForbidden, answer.StatusCode)
	}
}
