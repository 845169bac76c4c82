package daemon

import (
	"net/http"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// PageHeaders are what a page is answered with, besides its type: it may load its
// own style sheet and icon, and nothing else from anywhere. One with a form of
// its own may send that, and tells where it was: else the form would come from
// nowhere.
func PageHeaders(form bool) []gafaelfawr.HeaderLine {
	target, referrer := "'none'", "no-referrer"
	if form {
		target, referrer = "'self'", "same-origin"
	}
	return []gafaelfawr.HeaderLine{
		{"Cache-Control", "no-store"},
		{"Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action " + target + "; frame-ancestors 'none'"},
		{"Referrer-Policy", referrer},
		{"X-Content-Type-Options", "nosniff"},
		{"Cross-Origin-Opener-Policy", "same-origin"},
	}
}

// PageType is the type of a page.
const PageType = "text/html; charset=utf-8"

// Asset is a file that pages load.
type Asset struct {
	// URL is its path, with a query that changes with the content: whoever keeps
	// the asset asks for another one then.
	URL         string
	contentType string
	content     []byte
}

// NewAsset makes the asset at that path.
func NewAsset(path, contentType string, content []byte) Asset {
	return Asset{path + "?v=" + gafaelfawr.Fingerprint(string(content)), contentType, content}
}

// Write answers with the asset.
func (a Asset) Write(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "public, max-age=3600")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	WriteBody(w, http.StatusOK, a.contentType, a.content)
}
