package runner

import (
	"embed"
	"html/template"
	"strings"

	"github.com/lsst-sqre/muster/muster/daemon"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// web answers requests on the public port.
type web struct {
	*Runner
	pages *pages
}

func newWeb(r *Runner) (*web, error) {
	p, err := newPages(r.cfg)
	return &web{Runner: r, pages: p}, err
}

// pages has the templates and assets of the HTML pages.
type pages struct {
	templates   *template.Template
	style, icon daemon.Asset
}

func newPages(cfg Config) (*pages, error) {
	own, err := templateFiles.ReadFile("templates/runner.css")
	if err != nil {
		return nil, err
	}
	p := &pages{
		style: daemon.StyleSheet(cfg.PathPrefix+"/pages/style.css", own),
		icon:  daemon.Icon(cfg.PathPrefix + "/pages/icon.svg"),
	}
	p.templates, err = daemon.ParseTemplates(templateFiles, template.FuncMap{
		"seconds": verdict.Duration,
		"count":   verdict.Count,
		"upper":   strings.ToUpper,
		"word":    func(class string) string { return words[class] },
	}, "templates/*.html")
	return p, err
}

//go:embed templates
var templateFiles embed.FS
