package gafaelfawr

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-resty/resty/v2"
)

// defaultBodyLimit bounds one answer, in bytes.
const defaultBodyLimit = 4 << 20

// Client calls the API of one Gafaelfawr. It follows no redirect, repeats no
// request and keeps no cookie, because a token must reach no other address.
type Client struct {
	base string // .../auth/api/v1, without a slash at the end
	http *resty.Client
}

// ClientOptions configure a Client.
type ClientOptions struct {
	// Transport defaults to http.DefaultTransport.
	Transport http.RoundTripper
	// Timeout bounds one request; the default is 10 s.
	Timeout time.Duration
	// BodyLimit bounds one answer, in bytes; the default is 4 MiB.
	BodyLimit int
	UserAgent string
}

// NewClient returns a client of the API at apiURL, such as
// https://example.org/auth/api/v1.
func NewClient(apiURL string, o ClientOptions) *Client {
	return &Client{base: strings.TrimRight(apiURL, "/"), http: NewHTTPClient(o)}
}

// NewHTTPClient returns a Client's HTTP client for another service of the
// deployment. It follows no redirect, repeats nothing, keeps no cookie, reads
// answers up to a limit, and logs nothing.
func NewHTTPClient(o ClientOptions) *resty.Client {
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	if o.Transport == nil {
		o.Transport = http.DefaultTransport
	}
	if o.BodyLimit == 0 {
		o.BodyLimit = defaultBodyLimit
	}
	if o.UserAgent == "" {
		o.UserAgent = "muster"
	}
	hc := &http.Client{
		Transport: SafeTransport(o.Transport, 0),
		Timeout:   o.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}
	return resty.NewWithClient(hc).
		SetResponseBodyLimit(o.BodyLimit).
		SetHeader("User-Agent", o.UserAgent).
		SetLogger(silent{})
}

// silent drops resty's warnings, because they may quote a request.
type silent struct{}

func (silent) Errorf(string, ...any) {}
func (silent) Warnf(string, ...any)  {}
func (silent) Debugf(string, ...any) {}

// APIError is an answer of Gafaelfawr with an unexpected status.
type APIError struct {
	Method, URL string
	Status      int
	// Want is the status of success.
	Want int
	// Body is empty if the answer had no error body of Gafaelfawr's.
	Body ErrorBody
	// ContentType distinguishes an answer of the ingress (text/html) from
	// Gafaelfawr's.
	ContentType string
	// Location is the target of a redirect, which was not followed.
	Location string
}

// Error names the request, the status and Gafaelfawr's own words.
func (e *APIError) Error() string {
	text := fmt.Sprintf("%s %s answered %d", e.Method, e.URL, e.Status)
	if words := e.Body.String(); words != "" {
		return text + ": " + Redact(words)
	}
	if e.ContentType != "" {
		text += " (" + e.ContentType + ")"
	}
	if e.Location != "" {
		text += fmt.Sprintf(", a redirect to %q, which is not followed", Redact(e.Location))
	}
	return text
}

// CreateToken makes a token. admin may be the bootstrap token. Errors are
// *APIError or come from the transport.
func (c *Client) CreateToken(ctx context.Context, admin Token, want TokenRequest) (Token, error) {
	var answer struct {
		Token string `json:"token"`
	}
	if want.Scopes == nil {
		want.Scopes = []string{}
	}
	if err := c.do(ctx, http.MethodPost, "/tokens", admin, want, http.StatusCreated, &answer); err != nil {
		return Token{}, err
	}
	t, err := ParseToken(answer.Token)
	if err != nil {
		return Token{}, fmt.Errorf("POST %s/tokens answered 201, but what it made is: %w", c.base, err)
	}
	return t, nil
}

// CreateUserToken makes a token of the caller's own. Gafaelfawr takes its user and
// type from the caller.
func (c *Client) CreateUserToken(ctx context.Context, owner Token, want TokenRequest) (Token, error) {
	var answer struct {
		Token string `json:"token"`
	}
	if want.Scopes == nil {
		want.Scopes = []string{} // Gafaelfawr 15.0.0 fails over null (500)
	}
	body := map[string]any{"token_name": want.Name, "scopes": want.Scopes, "expires": want.Expires}
	path := "/users/" + url.PathEscape(want.Username) + "/tokens"
	if err := c.do(ctx, http.MethodPost, path, owner, body, http.StatusCreated, &answer); err != nil {
		return Token{}, err
	}
	t, err := ParseToken(answer.Token)
	if err != nil {
		return Token{}, fmt.Errorf("POST %s%s answered 201, but what it made is: %w", c.base, path, err)
	}
	return t, nil
}

// RevokeToken deletes a token and all tokens delegated from it.
func (c *Client) RevokeToken(ctx context.Context, admin Token, username, key string) error {
	return c.do(ctx, http.MethodDelete, tokenPath(username, key), admin, nil, http.StatusNoContent, nil)
}

// EditScopes replaces the scopes of a user token. Only tokens of type user can
// be edited, and an empty list changes nothing (seen on 15.0.0).
func (c *Client) EditScopes(ctx context.Context, admin Token, username, key string, scopes []string) error {
	return c.do(ctx, http.MethodPatch, tokenPath(username, key), admin, map[string]any{"scopes": scopes}, http.StatusOK,
		nil)
}

// EditExpiry replaces the end of a user token. Gafaelfawr shortens the life of those
// that were delegated from it, too.
func (c *Client) EditExpiry(ctx context.Context, admin Token, username, key string, end Time) error {
	return c.do(ctx, http.MethodPatch, tokenPath(username, key), admin, map[string]any{"expires": end}, http.StatusOK, nil)
}

// Tokens lists the tokens of a user.
func (c *Client) Tokens(ctx context.Context, admin Token, username string) ([]TokenInfo, error) {
	var list []TokenInfo
	err := c.do(ctx, http.MethodGet, "/users/"+url.PathEscape(username)+"/tokens", admin, nil, http.StatusOK, &list)
	return list, err
}

// Token inspects one token of a user by its key.
func (c *Client) Token(ctx context.Context, admin Token, username, key string) (TokenInfo, error) {
	var info TokenInfo
	err := c.do(ctx, http.MethodGet, tokenPath(username, key), admin, nil, http.StatusOK, &info)
	return info, err
}

// TokenInfo inspects the token with itself; it needs no scope.
func (c *Client) TokenInfo(ctx context.Context, t Token) (TokenInfo, error) {
	var info TokenInfo
	err := c.do(ctx, http.MethodGet, "/token-info", t, nil, http.StatusOK, &info)
	return info, err
}

// UserInfo returns the token's user; it needs no scope.
func (c *Client) UserInfo(ctx context.Context, t Token) (UserInfo, error) {
	var info UserInfo
	err := c.do(ctx, http.MethodGet, "/user-info", t, nil, http.StatusOK, &info)
	return info, err
}

// History returns the changes of a user's tokens, newest first. It is one of
// the few routes that accept the bootstrap token.
func (c *Client) History(ctx context.Context, admin Token, username string) ([]TokenChange, error) {
	var list []TokenChange
	path := "/history/token-changes?username=" + url.QueryEscape(username)
	err := c.do(ctx, http.MethodGet, path, admin, nil, http.StatusOK, &list)
	return list, err
}

// QuotaOverrides returns the overrides in force, or an *APIError with status
// 404 without any. It does not accept the bootstrap token.
func (c *Client) QuotaOverrides(ctx context.Context, t Token) (QuotaOverrides, error) {
	var o QuotaOverrides
	err := c.do(ctx, http.MethodGet, "/quota-overrides", t, nil, http.StatusOK, &o)
	return o, err
}

// Version returns the deployed version of Gafaelfawr, which its public OpenAPI
// document names.
func (c *Client) Version(ctx context.Context) (string, error) {
	var doc struct {
		Info struct {
			Version string `json:"version"`
		} `json:"info"`
	}
	document := strings.TrimSuffix(c.base, "/api/v1") + "/openapi.json"
	err := c.do(ctx, http.MethodGet, document, Token{}, nil, http.StatusOK, &doc)
	return doc.Info.Version, err
}

func tokenPath(username, key string) string {
	return "/users/" + url.PathEscape(username) + "/tokens/" + url.PathEscape(key)
}

// do sends one request. path is below the API, or a whole URL.
func (c *Client) do(ctx context.Context, method, path string, t Token, body any, want int, into any) error {
	target := path
	if strings.HasPrefix(path, "/") {
		target = c.base + path
	}
	r := c.http.R().SetContext(ctx).SetHeader("Accept", "application/json")
	if !t.IsZero() {
		r.SetAuthToken(t.Reveal())
	}
	if body != nil {
		r.SetHeader("Content-Type", "application/json").SetBody(body)
	}
	answer, err := r.Execute(method, target)
	if err != nil {
		// url.Error repeats method and address.
		if repeated, ok := errors.AsType[*url.Error](err); ok {
			err = repeated.Err
		}
		return fmt.Errorf("%s %s: %w", method, target, err)
	}
	if answer.StatusCode() != want {
		failure := &APIError{
			Method:      method,
			URL:         target,
			Status:      answer.StatusCode(),
			Want:        want,
			ContentType: answer.Header().Get("Content-Type"),
		}
		failure.Body, _ = ParseErrorBody(answer.Body())
		if failure.Status/100 == 3 {
			failure.Location = answer.Header().Get("Location")
		}
		return failure
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(answer.Body(), into); err != nil {
		return fmt.Errorf("%s %s answered %d, but not the JSON expected: %w", method, target, want, err)
	}
	return nil
}
