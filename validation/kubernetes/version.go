package kubernetes

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
)

// versionPattern matches the version of an API server, such as v1.34.2-gke.5.
var versionPattern = regexp.MustCompile(`^v\d[\w.+-]{0,60}$`)

// Version returns the version of the API server, or "" if it does not tell.
func (k *Client) Version(ctx context.Context) string {
	if k.version == nil {
		return ""
	}
	return k.version(ctx)
}

// versionOf asks the API server at base.
func versionOf(web *http.Client, base *url.URL) func(context.Context) string {
	return func(ctx context.Context) string {
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, base.JoinPath("version").String(), nil)
		if err != nil {
			return ""
		}
		answer, err := web.Do(request)
		if err != nil {
			return ""
		}
		defer func() { _ = answer.Body.Close() }() // it was only read
		const most = 64 << 10                      // bytes
		var of struct {
			GitVersion string `json:"gitVersion"`
		}
		err = json.NewDecoder(io.LimitReader(answer.Body, most)).Decode(&of)
		if err != nil || answer.StatusCode != http.StatusOK || !versionPattern.MatchString(of.GitVersion) {
			return ""
		}
		return of.GitVersion
	}
}
