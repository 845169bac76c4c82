package runner

import (
	"encoding/json"
	"net/http"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// mobuLeast is the smallest body that mobu accepts.
const mobuLeast = `{"user": {"username": "bot-mobu-muster"}, "scopes": ["read:image"], "business": {"type": "Muster"}}`

// The runner accepts every body that mobu (95fe2567, after 19.0.0) accepts for
// its business Muster.
func TestBodiesThatMobuTakes(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/mobu-bodies.json")
	require.NoError(t, err)
	var table []struct {
		Name string
		Body json.RawMessage
	}
	require.NoError(t, json.Unmarshal(text, &table))
	require.Greater(t, len(table), 20)
	for _, c := range table {
		assert.Empty(t, mobuBody(c.Body), c.Name)
	}
}

func TestBodiesThatAreRefused(t *testing.T) {
	t.Parallel()
	for body, kind := range map[string]string{
		"{": "json_invalid", mobuLeast +
			"x": "json_invalid", "null": "missing", "[]": "model_attributes_type", `"x"`: "model_attributes_type",
		"{}": "union_tag_invalid", `{"business": {"type": "EmptyLoop"}}`: "union_tag_invalid",
		`{"business": {"type": 7}}`: "union_tag_invalid", `{"business": []}`: "union_tag_invalid",
	} {
		got := mobuBody([]byte(body))
		if assert.Len(t, got, 1, body) {
			assert.Equal(t, kind, got[0].Type, body)
		}
	}
}

func TestMobuAnswer(t *testing.T) {
	t.Parallel()
	s := start(t, child(t, "pass"), nil)
	answer, text := s.ask(http.MethodPost, "/run", mobuLeast)
	require.Equal(t, http.StatusOK, answer.StatusCode, text)
	got := decode(t, text)
	require.NotNil(t, got.Success)
	assert.True(t, *got.Success)
	assert.NotContains(t, text, `"error"`)
	assert.Regexp(
		t,
		`(?s)^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d Starting the validation, run .*\n\d{4}\S+ \S+ TestA: pass\n\d{4}\S+ \S+ PASS `+
			`of child: 1 passed in \S+ m?s\n$`,
		*got.Log,
	)

	s.suite.cfg.Arguments = []string{"-child=panics"}
	answer, text = s.ask(http.MethodPost, "/run", mobuLeast)
	assert.Equal(t, http.StatusOK, answer.StatusCode)
	got = decode(t, text)
	assert.False(t, *got.Success)
	assert.Contains(t, *got.Error, "TestPanics: panic: boom")

	for _, body := range []string{"{", "[]", mobuLeast + "x", `{"user": 1, "user": 2}`} {
		answer, text = s.ask(http.MethodPost, "/run", body)
		assert.Equal(t, http.StatusUnprocessableEntity, answer.StatusCode, text)
		assert.Contains(t, text, `{"detail":[{"msg":"`)
	}
}
