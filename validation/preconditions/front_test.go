package preconditions

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/environment"
)

// Whatever answers every address alike is recognised, though its answers name the
// address. A deployment without Gafaelfawr answers differently.
func TestAnswersAlike(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer func(path string) (status int, location, body string)
		alike  bool
	}{
		"a login whose path is asked for, too": {func(path string) (int, string, string) {
			return http.StatusFound, "https://sso.example/login?rd=" + path, ""
		}, true},
		"the same path elsewhere": {func(path string) (int, string, string) {
			return http.StatusFound, "https://down.example" + path, ""
		}, true},
		"an edge without this host": {func(string) (int, string, string) {
			return http.StatusNotFound, "", "<title>404 Not Found</title>"
		}, true},
		"a gateway that fails": {func(string) (int, string, string) {
			return http.StatusInternalServerError, "", `{"message":"Internal server error"}`
		}, true},
		"no Gafaelfawr": {func(path string) (int, string, string) {
			if path == "/" {
				return http.StatusOK, "", "<title>Rubin Science Platform</title>"
			}
			return http.StatusInternalServerError, "", "<title>500 Internal Server Error</title>"
		}, false},
		"redirects to several places": {func(path string) (int, string, string) {
			return http.StatusFound, map[string]string{"/": "/home"}[path], ""
		}, false},
	} {
		var all []client.Response
		for _, path := range []string{"/login", "/auth/openapi.json", "/", "/nowhere"} {
			status, location, body := c.answer(path)
			r := client.Response{Code: status, Header: http.Header{}, Body: []byte(body)}
			r.Request.Target = environment.Target{Path: path}
			if location != "" {
				r.Header.Set("Location", location)
			}
			all = append(all, r)
		}
		assert.Equal(t, c.alike, answersAlike(all) != nil, name)
	}
}
