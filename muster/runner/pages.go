package runner

import "net/http"

type pages struct{ style, icon []byte }

func newPages(Config) (*pages, error) { return &pages{}, nil }

func (p *pages) serveAsset(contentType string, content []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = w.Write(content)
	}
}
func (r *Runner) servePageOfRuns(w http.ResponseWriter, q *http.Request) {}
func (r *Runner) servePageOfRun(w http.ResponseWriter, q *http.Request)  {}
func (r *Runner) servePageAsk(w http.ResponseWriter, q *http.Request)    {}
