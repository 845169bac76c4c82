package gafaelfawr

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseErrorBody(t *testing.T) {
	for name, c := range map[string]struct {
		body, text string
		want       []Detail
	}{
		"list": {
			`{"detail":[{"msg":"Token is not valid","type":"invalid_token"}]}`, "Token is not valid (invalid_token)",
			[]Detail{{Message: "Token is not valid", Type: "invalid_token"}},
		},
		"object": {
			`{"detail":{"msg":"Authentication required","type":"no_authorization"}}`,
			"Authentication required (no_authorization)",
			[]Detail{{Message: "Authentication required", Type: "no_authorization"}},
		},
		"string": {`{"detail":"Not Found"}`, "Not Found", []Detail{{Message: "Not Found"}}},
		"loc": {
			`{"detail":[{"msg":"m","type":"t","loc":["body","groups",0]}]}`, "m (t)",
			[]Detail{{Message: "m", Type: "t", Loc: []any{"body", "groups", 0.0}}},
		},
		"several": {
			`{"detail":[{"msg":"a","type":"t"},{"msg":"b","type":"u"}]}`, "a (t); b (u)",
			[]Detail{{Message: "a", Type: "t"}, {Message: "b", Type: "u"}},
		},
		"unknown members": {
			`{"detail":[{"msg":"m","type":"t","input":{"x":1},"ctx":{},"url":"u"}],"more":[1]}`, "m (t)",
			[]Detail{{Message: "m", Type: "t", Input: map[string]any{"x": 1.0}}},
		},
		"empty list":  {`{"detail":[]}`, "", []Detail{}},
		"white space": {" {\n \"detail\" : [ ] } \n", "", []Detail{}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParseErrorBody([]byte(c.body))
			require.NoError(t, err)
			assert.Equal(t, c.want, got.Details)
			assert.Equal(t, c.text, got.String())
		})
	}
}

func TestParseErrorBodyRefuses(t *testing.T) {
	for name, body := range map[string]string{
		"empty": "", "html": "<html></html>", "no detail": `{"error":"x"}`, "null": `{"detail":null}`, "null body": `null`,
		"number": `{"detail":3}`, "list of numbers": `{"detail":[3]}`, "one of two": `{"detail":[{"msg":"a"},3]}`,
		"cut off": `{"detail":[{"msg":"a"`, "list": `[]`, "text": `"detail"`,
		"number for a message": `{"detail":{"msg":3}}`,
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParseErrorBody([]byte(body))
			require.Error(t, err)
			assert.Empty(t, got.String(), "half an error body must not be shown as one")
		})
	}
}

func FuzzParseErrorBody(f *testing.F) {
	for _, seed := range []string{
		`{"detail":[{"msg":"a","type":"b","loc":["c",1]}]}`, `{"detail":{"msg":"a"}}`, `{"detail":"a"}`, `{"detail":[null]}`,
		`null`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := ParseErrorBody(body)
		if err != nil {
			if got.String() != "" {
				t.Fatal("an error comes with words")
			}
			return
		}
		if !json.Valid(body) {
			t.Fatal("accepted, but not JSON")
		}
		out, err := json.Marshal(map[string]any{"detail": got.Details})
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseErrorBody(out)
		if err != nil || again.String() != got.String() {
			t.Fatalf("written and read again it says %q, not %q: %v", again.String(), got.String(), err)
		}
	})
}
