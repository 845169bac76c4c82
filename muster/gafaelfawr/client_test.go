package gafaelfawr

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// answering returns a client of a TLS server with that handler below
// /auth/api/v1.
func answering(t *testing.T, handler http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewTLSServer(handler)
	t.Cleanup(server.Close)
	return NewClient(server.URL+"/auth/api/v1/", ClientOptions{Transport: server.Client().Transport})
}

// expecting answers one request and checks it.
func expecting(t *testing.T, method, target, bearer, body string, status int, answer string) *Client {
	return answering(t, func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, method, r.Method)
		assert.Equal(t, target, r.URL.RequestURI())
		want := ""
		if bearer != "" {
			want = "Bearer " + bearer
		}
		assert.Equal(t, want, r.Header.Get("Authorization"))
		assert.Equal(t, "application/json", r.Header.Get("Accept"))
		assert.Equal(t, "muster", r.Header.Get("User-Agent"))
		assert.Empty(t, r.Header.Get("Cookie"))
		got, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		if body == "" {
			assert.Empty(t, got)
		} else {
			assert.JSONEq(t, body, string(got))
			assert.Equal(t, "application/json", r.Header.Get("Content-Type"))
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	})
}

func TestClientCreateToken(t *testing.T) {
	admin := NewToken()
	c := expecting(
		t,
		"POST",
		"/auth/api/v1/tokens",
		admin.Reveal(),
		`{"username":"bot-check-muster","token_type":"service","scopes":[],"expires":1800000000,"uid":7,`+
			`"groups":[{"name":"g","id":8}]}`,
		201,
		`{"token":"`+exampleToken+`"}`,
	)
	got, err := c.CreateToken(t.Context(), admin, TokenRequest{Username: "bot-check-muster", Type: "service", UID: 7,
		Expires: Time{time.Unix(1800000000, 0)}, Groups: []Group{{"g", 8}}})
	require.NoError(t, err)
	assert.Equal(t, exampleToken, got.Reveal())
}

func TestClientCreateTokenWithoutExpiry(t *testing.T) {
	c := expecting(t, "POST", "/auth/api/v1/tokens", exampleToken,
		`{"username":"u2","token_type":"user","token_name":"n","scopes":["a"],"expires":null}`, 201, `{"token":"damaged"}`)
	_, err := c.CreateToken(t.Context(), mustToken(t, exampleToken),
		TokenRequest{Username: "u2", Type: "user", Name: "n", Scopes: []string{"a"}})
	require.ErrorIs(t, err, errNotToken)
	assert.NotContains(t, err.Error(), "damaged")
}

func TestClientRoutes(t *testing.T) {
	token := mustToken(t, exampleToken)
	tokenInfo := `{"token":"` + exampleKey +
		`","username":"u2","token_type":"internal","scopes":["a"],"created":1,"expires":2,"service":"muster","parent":"p",` +
		`"new":1}`
	wantInfo := TokenInfo{
		Key:      exampleKey,
		Username: "u2",
		Type:     "internal",
		Scopes:   []string{"a"},
		Created:  at(1),
		Expires:  at(2),
		Service:  "muster",
		Parent:   "p",
	}
	uid := 5
	for name, c := range map[string]struct {
		method, target, body string
		status               int
		answer               string
		call                 func(context.Context, *Client) (any, error)
		want                 any
	}{
		"token-info": {
			"GET", "/auth/api/v1/token-info", "", 200, tokenInfo,
			func(ctx context.Context, c *Client) (any, error) { return c.TokenInfo(ctx, token) }, wantInfo,
		},
		"inspect": {"GET", "/auth/api/v1/users/u2/tokens/" + exampleKey, "", 200, tokenInfo,
			func(ctx context.Context, c *Client) (any, error) { return c.Token(ctx, token, "u2", exampleKey) }, wantInfo},
		"list": {"GET", "/auth/api/v1/users/u2/tokens", "", 200, "[" + tokenInfo + "]",
			func(ctx context.Context, c *Client) (any, error) { return c.Tokens(ctx, token, "u2") }, []TokenInfo{wantInfo}},
		"user-info": {"GET", "/auth/api/v1/user-info", "", 200,
			`{"username":"u2","uid":5,"groups":[{"name":"g","id":6}],"quota":{"api":{"a":1},"tap":{"t":{"concurrent":2}},` +
				`"notebook":{"cpu":0.5,"memory":2,"spawn":true}}}`,
			func(ctx context.Context, c *Client) (any, error) { return c.UserInfo(ctx, token) },
			UserInfo{
				Username: "u2", UID: &uid, Groups: []Group{{"g", 6}},
				Quota: &Quota{
					API: map[string]int{"a": 1}, TAP: map[string]TAPQuota{"t": {2}}, Notebook: &NotebookQuota{0.5, 2, true},
				},
			}},
		"history": {"GET", "/auth/api/v1/history/token-changes?username=a+b%26c", "", 200,
			`[{"token":"k","username":"u2","token_type":"user","scopes":[],"actor":"<bootstrap>","action":"create",` +
				`"event_time":3}]`,
			func(ctx context.Context, c *Client) (any, error) { return c.History(ctx, token, "a b&c") },
			[]TokenChange{
				{Key: "k", Username: "u2", Type: "user", Scopes: []string{}, Actor: BootstrapUser, Action: "create", Time: at(3)},
			}},
		"overrides": {"GET", "/auth/api/v1/quota-overrides", "", 200, `{"default":{"api":{"a":1}},"bypass":["g"]}`,
			func(ctx context.Context, c *Client) (any, error) { return c.QuotaOverrides(ctx, token) },
			QuotaOverrides{Default: Quota{API: map[string]int{"a": 1}}, Bypass: []string{"g"}}},
		"revoke": {
			"DELETE", "/auth/api/v1/users/u%2F2/tokens/a%3Fb", "", 204, "",
			func(ctx context.Context, c *Client) (any, error) { return nil, c.RevokeToken(ctx, token, "u/2", "a?b") }, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := c.call(t.Context(), expecting(t, c.method, c.target, exampleToken, c.body, c.status, c.answer))
			require.NoError(t, err)
			assert.Equal(t, c.want, got)
		})
	}
}

func TestClientVersion(t *testing.T) {
	got, err := expecting(t, "GET", "/auth/openapi.json", "", "", 200,
		`{"openapi":"3.1.0","info":{"title":"Gafaelfawr","version":"15.4.1"}}`).Version(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "15.4.1", got)
}

func at(seconds int64) Time { return Time{time.Unix(seconds, 0).UTC()} }

func TestClientErrors(t *testing.T) {
	for name, c := range map[string]struct {
		status                  int
		contentType, body, want string
	}{
		"list": {
			401, "application/json", `{"detail":[{"msg":"Token is not valid","type":"invalid_token"}]}`,
			"answered 401: Token is not valid (invalid_token)",
		},
		"object": {
			401, "application/json", `{"detail":{"msg":"Authentication required","type":"no_authorization"}}`,
			"answered 401: Authentication required (no_authorization)",
		},
		"html":     {500, "text/html", "<html>" + exampleToken + "</html>", "answered 500 (text/html)"},
		"empty":    {503, "", "", "answered 503"},
		"redirect": {307, "", "", "answered 307"},
		"echo": {
			400, "application/json", `{"detail":[{"msg":"bad token ` + exampleToken + `","type":"t"}]}`,
			"answered 400: bad token gt-<" + Fingerprint(exampleToken) + "> (t)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int32
			client := answering(t, func(w http.ResponseWriter, _ *http.Request) {
				asked.Add(1)
				w.Header().Set("Content-Type", c.contentType)
				w.Header().Set("Location", "/auth/api/v1/user-info")
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			})
			_, err := client.UserInfo(t.Context(), mustToken(t, exampleToken))
			failure, ok := errors.AsType[*APIError](err)
			require.True(t, ok, "%v is not an *APIError", err)
			assert.Equal(t, c.status, failure.Status)
			assert.Contains(t, err.Error(), "/auth/api/v1/user-info "+c.want)
			assert.NotContains(t, fmt.Sprintf("%v %s", err, err), exampleSecret)
			assert.EqualValues(t, 1, asked.Load(), "it must not ask again or follow")
		})
	}
}

func TestTime(t *testing.T) {
	var got struct {
		A Time `json:"a"`
		B Time `json:"b"`
		C Time `json:"c,omitzero"`
	}
	require.NoError(t, json.Unmarshal([]byte(`{"a":1800000000,"b":null}`), &got))
	assert.Equal(t, at(1800000000), got.A)
	assert.True(t, got.B.IsZero())
	out, err := json.Marshal(got)
	require.NoError(t, err)
	assert.JSONEq(t, `{"a":1800000000,"b":null}`, string(out))
	assert.Error(t, json.Unmarshal([]byte(`"2026-01-01"`), &got.A))
	assert.Error(t, json.Unmarshal([]byte(`1.5`), &got.A))
}
