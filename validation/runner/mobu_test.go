package runner

import (
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// mobuLeast is the least that mobu takes.
const mobuLeast = `{"user": {"username": "bot-mobu-muster"}, "scopes": ["read:image"], "business": {"type": "Muster"}}`

func encodeUnguarded(t *testing.T, value any) []byte {
	t.Helper()
	text, err := json.Marshal(value)
	require.NoError(t, err)
	return text
}

// Bodies are taken and refused as mobu (95fe2567, after 19.0.0) does: the table
// has what its model SolitaryConfig says of each, asked as FastAPI asks it.
// Other businesses than Muster are refused, too.
func TestBodiesOfMobu(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/mobu-bodies.json")
	require.NoError(t, err)
	var table []struct {
		Name   string
		Body   json.RawMessage
		Errors []struct {
			Type, Msg string
			Loc       []any
		}
	}
	require.NoError(t, json.Unmarshal(text, &table))
	require.Greater(t, len(table), 100)
	tags := regexp.MustCompile(`Input tag .*`)
	for _, c := range table {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			got := mobuBody(c.Body)
			switch c.Name {
			case "other business":
				require.Len(t, got, 1)
				assert.Equal(t, "union_tag_invalid", got[0].Type)
				return
			case "null": // FastAPI says this before it asks the model
				assert.Equal(t, []gafaelfawr.Detail{{Type: "missing", Message: fieldRequired, Loc: []any{"body"}}}, got)
				return
			}
			var want []gafaelfawr.Detail
			for _, e := range c.Errors {
				want = append(want, gafaelfawr.Detail{Type: e.Type, Message: e.Msg, Loc: e.Loc})
			}
			for i := range want { // ours names one tag
				want[i].Message = tags.ReplaceAllString(want[i].Message, "tag")
			}
			for i := range got {
				got[i].Message = tags.ReplaceAllString(got[i].Message, "tag")
			}
			assert.JSONEq(t, string(encodeUnguarded(t, want)), string(encodeUnguarded(t, got)))
		})
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
	assert.Regexp(t, `(?s)^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d Starting the validation, run .*\n\d{4}\S+ \S+ TestA: pass\n\d{4}\S+ \S+ PASS of child: 1 passed in \S+ m?s\n$`, *got.Log)

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
