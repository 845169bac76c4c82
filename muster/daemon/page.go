package daemon

import (
	"bytes"
	"embed"
	"html/template"
	"io/fs"
	"net/http"
	"time"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

//go:embed templates
var templateFiles embed.FS

// Frame has the data of the frame around every page. A page's data embeds it.
type Frame struct {
	// Title is the page's title. Home is the link of the word Muster in its head.
	Title, Home string
	// About says in the head which deployment the page is about.
	About string
	// Links are the navigation.
	Links []Link
	// Style and Icon are the URLs of the assets.
	Style, Icon string
	// Refresh is the number of seconds after which the browser reloads the page.
	// Empty: never.
	Refresh string
	// Program in the foot: name and version of what made the page.
	Program string
	// Made is the time of the page.
	Made time.Time
}

// Link is an entry of the navigation.
type Link struct {
	Text, URL string
	// Current marks the page that is shown.
	Current bool
}

// ParseTemplates parses template files. They may use the templates "top" and
// "bottom", which make the page frame from a Frame.
func ParseTemplates(files fs.FS, functions template.FuncMap, patterns ...string) (*template.Template, error) {
	t, err := template.New("").Funcs(functions).ParseFS(templateFiles, "templates/layout.html")
	if err != nil {
		return nil, err
	}
	return t.ParseFS(files, patterns...)
}

// Execute returns the output of a template, without tokens. A template that
// fails is a mistake in the program and panics.
func Execute(t *template.Template, name string, data any) []byte {
	var out bytes.Buffer
	if err := t.ExecuteTemplate(&out, name, data); err != nil {
		panic(err)
	}
	return gafaelfawr.Guard(out.Bytes())
}

// WritePage answers with a page whose headers are PageHeaders(form).
func WritePage(w http.ResponseWriter, status int, form bool, page []byte) {
	SetPageHeaders(w.Header(), form)
	WriteBody(w, status, pageType, page)
}

// SetPageHeaders sets PageHeaders(form) and the type of a page.
func SetPageHeaders(h http.Header, form bool) {
	h.Set("Content-Type", pageType)
	for _, line := range PageHeaders(form) {
		h.Set(line.Name(), line.Value())
	}
}

// PageHeaders are the headers of a page besides its type. They let the page load
// its own style sheet and icon and nothing else. With form, the page may submit
// its own form and sends its origin with it: the server refuses a form of
// unknown origin.
func PageHeaders(form bool) []gafaelfawr.HeaderLine {
	target, referrer := "'none'", "no-referrer"
	if form {
		target, referrer = "'self'", "same-origin"
	}
	policy := "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action " + target +
		"; frame-ancestors 'none'"
	return []gafaelfawr.HeaderLine{
		{"Cache-Control", "no-store"},
		{"Content-Security-Policy", policy},
		{"Referrer-Policy", referrer},
		{"X-Content-Type-Options", "nosniff"},
		{"Cross-Origin-Opener-Policy", "same-origin"},
	}
}

const pageType = "text/html; charset=utf-8"
