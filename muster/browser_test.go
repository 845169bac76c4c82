package muster

import (
	"maps"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"

	"github.com/lsst-sqre/muster/fixtures/browser"
)

// pages are the tested pages: a path and the headers that the ingress adds.
func visits() map[string]struct {
	path    string
	headers map[string]any
	verdict string
} {
	released := map[string]any{
		"X-Auth-Request-User":  user,
		"X-Auth-Request-Email": email,
		"X-Auth-Request-Token": delegatedToken,
		"X-Request-ID":         "0123456789abcdef0123456789abcdef",
		"X-Forwarded-For":      "10.99.0.1",
		"X-Forwarded-Proto":    "https",
		"X-Forwarded-Host":     "minikube.lsst.codes",
	}
	leaked := maps.Clone(released)
	leaked["Authorization"] = "Bearer " + callerToken
	return map[string]struct {
		path    string
		headers map[string]any
		verdict string
	}{
		"index": {"/muster/pages/", nil, ""},
		"pass":  {"/muster/pages/delegated", released, "Everything is as it should be. All 16 checks passed."},
		"fail":  {"/muster/pages/delegated", leaked, "1 of 16 checks failed."},
		"docs":  {"/muster/docs", nil, ""},
	}
}

func TestPagesInABrowser(t *testing.T) {
	t.Parallel()
	chromium := browser.Start(t)
	s := start(t, Config{GafaelfawrURL: serveTeller(t, honest()), Version: "1.2.3", Host: "minikube.lsst.codes"})
	for name, v := range visits() {
		t.Run(name, func(t *testing.T) {
			b := chromium.Open(t)
			b.Headers(v.headers)
			b.Window(1100, 900)
			for _, scheme := range []string{"light", "dark"} {
				b.Media("", scheme)
				s.visit(b, v.path)
				b.AssertContrast()
				b.AssertAccessible()
				b.Window(390, 844)
				b.AssertAccessible()
				b.Window(1100, 900)
				assert.Equal(t, scheme == "light",
					browser.Eval[bool](b, `getComputedStyle(document.body).backgroundColor.match(/\d+/g).every(v => v > 128)`),
					"the paper in %s", scheme)
				b.Picture(name + "-" + scheme)
			}
			if v.verdict != "" {
				assert.Contains(t, browser.Eval[string](b, `document.querySelector('.verdict').innerText.replace(/\s+/g, ' ')`),
					v.verdict)
				assert.Less(t, browser.Eval[float64](b, `document.querySelector('.verdict').getBoundingClientRect().bottom`),
					900.0, "the verdict is seen without scrolling")
			}
			assertReadable(b)
			b.Picture(name + "-narrow")
			assert.NotContains(t, browser.Eval[string](b, `document.documentElement.outerHTML`), secretPart)
			s.assertClean(b)
		})
	}
	t.Run("keyboard", func(t *testing.T) { assertKeyboard(chromium.Open(t), s) })
	t.Run("links", func(t *testing.T) { assertLinks(chromium.Open(t), s) })
}

// assertReadable checks what a screen reader and a small screen need.
func assertReadable(b *browser.Tab) {
	t := b.T
	t.Helper()
	b.AssertStructure()
	assert.Equal(t, []string{"HEADER", "NAV", "MAIN", "FOOTER"},
		browser.Eval[[]string](b, `[...document.querySelectorAll('header, nav, main, footer')].map(e => e.tagName)`))
	assert.Empty(
		t,
		browser.Eval[[]string](
			b,
			`[...document.querySelectorAll('table')].filter(t => !t.caption || !t.querySelector('th[scope=col]')).map(t => `+
				`t.outerHTML.slice(0, 80))`,
		),
		"tables without a caption or heads",
	)
	assert.Equal(t, 0, browser.Eval[int](b, `document.querySelectorAll('script, [style], style, iframe, form').length`))
	b.AssertFits(320)
}

// visit opens a page of the server. The page must load nothing from elsewhere.
func (s *running) visit(b *browser.Tab, path string) {
	b.T.Helper()
	b.Visit("http://"+s.address+path, "footer")
}

func (s *running) assertClean(b *browser.Tab) {
	b.T.Helper()
	b.AssertClean(func(url string) bool { return strings.HasPrefix(url, "http://"+s.address+"/") })
}

// assertKeyboard goes through a page with the keyboard alone: the first stop
// skips to the content, every stop is visible, and the order is that of the page.
func assertKeyboard(b *browser.Tab, s *running) {
	t := b.T
	t.Helper()
	s.visit(b, "/muster/pages/")
	var stops []string
	for range 6 {
		b.Do(chromedp.KeyEvent("\t"))
		stop := browser.Eval[string](b, `document.activeElement.textContent.trim()`)
		stops = append(stops, stop)
		assert.NotEqual(t, "none", browser.Eval[string](b, `getComputedStyle(document.activeElement).outlineStyle`),
			"the focus on %q is not seen", stop)
		assert.GreaterOrEqual(t, browser.Eval[float64](b, `document.activeElement.getBoundingClientRect().left`), 0.0,
			"%q has the focus off the screen", stop)
	}
	assert.Equal(
		t,
		[]string{
			"Skip to the content",
			"Muster",
			"Probes",
			"Routes",
			"No authentication",
			"JSON of the probe No authentication",
		},
		stops,
	)

	s.visit(b, "/muster/pages/anonymous")
	b.Do(chromedp.KeyEvent("\t"), chromedp.KeyEvent("\r"))
	assert.Equal(t, "content", browser.Eval[string](b, `document.activeElement.id`))
	for range 4 { // an explanation for each of the three checks comes first
		b.Do(chromedp.KeyEvent("\t"))
	}
	assert.Equal(t, "The same report as JSON", browser.Eval[string](b, `document.activeElement.textContent.trim()`))
	s.assertClean(b)
}

// assertLinks finds every probe on the index, and goes to one with a click.
func assertLinks(b *browser.Tab, s *running) {
	t := b.T
	t.Helper()
	s.visit(b, "/muster/")
	var want []string
	for _, p := range s.server.reporter.probes {
		want = append(want, "/muster"+p.PagePath())
	}
	assert.Equal(t, want,
		browser.Eval[[]string](b, `[...document.querySelectorAll('.probes h3 a')].map(a => new URL(a.href).pathname)`))
	b.Do(chromedp.Click(chromedp.CSS(`.probes li:nth-child(2) h3 a`)), chromedp.WaitReady(chromedp.CSS(".verdict")))
	assert.Equal(t, "Authentication without delegation", browser.Eval[string](b, `document.querySelector('h1').innerText`))
	assert.Contains(t, browser.Eval[string](b, `document.querySelector('.remedy').innerText`), "What to do:")
	s.assertClean(b)
}
