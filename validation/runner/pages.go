package runner

import (
	"cmp"
	"net/http"

	"github.com/lsst-sqre/muster/muster/daemon"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

func (r *web) frame(q *http.Request, title string) daemon.Frame {
	runs, api := r.cfg.PathPrefix+"/pages/runs", r.cfg.PathPrefix+"/pages/api"
	return daemon.Frame{
		Title: title, Home: runs, About: r.deployment(q),
		Links: []daemon.Link{{Text: "Runs", URL: runs, Current: q.URL.Path == runs},
			{Text: "API", URL: api, Current: q.URL.Path == api}},
		Style: r.pages.style.URL, Icon: r.pages.icon.URL,
		Program: "Muster " + r.cfg.Version + ". Times are UTC", Made: r.now().UTC(),
	}
}

// host is where the runner is asked.
func (r *web) host(q *http.Request) string { return cmp.Or(r.cfg.Host, q.Host) }

// deployment is its name for people.
func (r *web) deployment(q *http.Request) string { return cmp.Or(r.cfg.Deployment, r.host(q)) }

func (p *pages) text(name string, data any) string {
	return string(daemon.Execute(p.templates, name, data))
}

func (r *web) render(w http.ResponseWriter, status int, name string, data any) {
	daemon.WritePage(w, status, true, daemon.Execute(r.pages.templates, name, data))
}

// message is a page with one message.
func (r *web) message(w http.ResponseWriter, q *http.Request, status int, title, text, back, backText string) {
	r.render(w, status, "message", struct {
		daemon.Frame
		Text, Back, BackText string
	}{r.frame(q, title), gafaelfawr.Redact(text), back, backText})
}
