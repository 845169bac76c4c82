package daemon

import (
	"net/http"
	"slices"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// Asset is a file that pages load. It answers every request with the file.
type Asset struct {
	// URL is the path of the file with a query that changes with its content, so
	// that a browser never shows a new page with an old file from its cache.
	URL         string
	contentType string
	content     []byte
}

// newAsset returns the asset at the path.
func newAsset(path, contentType string, content []byte) Asset {
	return Asset{path + "?v=" + gafaelfawr.Fingerprint(string(content)), contentType, content}
}

// StyleSheet returns the style sheet of all pages, followed by the daemon's own
// rules.
func StyleSheet(path string, own []byte) Asset {
	return newAsset(path, "text/css; charset=utf-8", slices.Concat(embedded("style.css"), own))
}

// Icon returns the icon of all pages.
func Icon(path string) Asset { return newAsset(path, "image/svg+xml", embedded("icon.svg")) }

func embedded(name string) []byte {
	content, err := templateFiles.ReadFile("templates/" + name)
	if err != nil {
		panic(err) // it is compiled in
	}
	return content
}

// ServeHTTP implements http.Handler.
func (a Asset) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "public, max-age=3600")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	WriteBody(w, http.StatusOK, a.contentType, a.content)
}
