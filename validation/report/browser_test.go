package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/browser"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// visit opens the page of a report from a file, as from a CI artifact.
func visit(b *browser.Tab, r *verdict.Run) {
	b.T.Helper()
	var text bytes.Buffer
	require.NoError(b.T, writeHTML(&text, publication{Run: r, source: defaultSource}))
	path := filepath.Join(b.T.TempDir(), "report.html")
	require.NoError(b.T, os.WriteFile(path, text.Bytes(), 0o600))
	b.Visit("file://"+path, "#run")
}

// assertClean asserts that the browser logged nothing and sent no request.
func assertClean(b *browser.Tab) {
	b.T.Helper()
	b.AssertClean(func(url string) bool {
		return strings.HasPrefix(url, "file://") && strings.HasSuffix(url, "/report.html")
	})
}

// visibleChecks returns the names of the visible checks.
const visibleChecks = `[...document.querySelectorAll('[data-check]')].filter(e => e.offsetParent !== null).map(e => ` +
	`e.id)`

func TestPageInBrowser(t *testing.T) {
	t.Parallel()
	chromium := browser.Start(t)
	t.Run("looks", func(t *testing.T) { assertLooks(chromium.Open(t)) })
	t.Run("print", func(t *testing.T) { assertPrints(chromium.Open(t)) })
	t.Run("filter", func(t *testing.T) { assertFilters(chromium.Open(t)) })
	t.Run("without script", func(t *testing.T) { assertWithoutScript(chromium.Open(t)) })
	t.Run("hostile", func(t *testing.T) { assertHarmless(chromium.Open(t)) })
	t.Run("ten thousand", func(t *testing.T) { assertTenThousand(chromium.Open(t)) })
}

func assertLooks(b *browser.Tab) {
	t := b.T
	for _, scheme := range []string{"light", "dark"} {
		b.Media("", scheme)
		for name, size := range map[string][2]int64{"phone": {360, 740}, "desktop": {1280, 900}} {
			b.Window(size[0], size[1])
			visit(b, exampleReport())
			b.AssertContrast()
			b.AssertAccessible()
			assert.Equal(t, scheme == "light",
				browser.Eval[bool](b, `getComputedStyle(document.body).backgroundColor.match(/\d+/g).every(v => v > 128)`))
			assert.LessOrEqual(t, browser.Eval[int64](b, `document.documentElement.scrollWidth`), size[0],
				"it must not scroll sideways")
			assert.Less(t, browser.Eval[float64](b, `document.querySelector('.check').getBoundingClientRect().top`),
				float64(size[1]), "the first failure is seen without scrolling")
			b.Picture(name + "-" + scheme)
		}
	}
	b.AssertStructure()
	assert.Empty(t, browser.Eval[[]string](b, laterPainted), "a picture of the whole page would not have it")
	assert.Empty(t, browser.Eval[[]string](b, saidTwice))
	assert.Empty(
		t,
		browser.Eval[[]string](b,
			`[...document.querySelectorAll('nav a')].filter(a => !document.querySelector(a.hash)).map(a => a.hash)`),
		"links to nowhere",
	)
	b.AssertFits(320)
	assertClean(b)
}

// laterPainted are elements that the browser may paint only after scrolling.
const laterPainted = `[...document.querySelectorAll('body *')]
  .filter(e => getComputedStyle(e).contentVisibility !== 'visible').map(e => e.outerHTML.slice(0, 99))`

// saidTwice returns the checks whose card repeats the obligation, folded or not.
const saidTwice = `[...document.querySelectorAll('article.check')].filter(e => {
  const says = e.querySelector('.says')?.textContent;
  return says && e.textContent.split(says).length > 2;
}).map(e => e.id)`

func assertPrints(b *browser.Tab) {
	t := b.T
	b.Media("print", "dark")
	visit(b, exampleReport())
	b.AssertContrast()
	assert.True(t,
		browser.Eval[bool](b, `getComputedStyle(document.body).backgroundColor.match(/\d+/g).every(v => v > 200)`),
		"paper is white")
	assert.Empty(
		t,
		browser.Eval[[]string](
			b,
			`[...document.querySelectorAll('details > pre')].filter(e => e.getBoundingClientRect().height < 10).map(e => `+
				`e.textContent)`,
		),
		"what is folded on a screen is printed",
	)
	assert.Equal(t, "none", browser.Eval[string](b, `getComputedStyle(document.querySelector('nav')).display`))
	b.Picture("paper")
	pdf := browser.Call(b, page.PrintToPDF, page.PrintToPDFParams{}).Data
	assert.True(t, bytes.HasPrefix(pdf, []byte("%PDF-")))
	require.NoError(t, os.WriteFile(filepath.Join(t.ArtifactDir(), "paper.pdf"), pdf, 0o600))
	assertClean(b)
}

func assertFilters(b *browser.Tab) {
	t := b.T
	visit(b, exampleReport())
	everything := browser.Eval[[]string](b, visibleChecks)
	assert.Len(t, everything, len(exampleReport().Checks))
	filter := func(words string) []string {
		b.Do(chromedp.Focus(chromedp.CSS("#filter")))
		browser.Eval[bool](b, `(document.getElementById('filter').select(), true)`)
		b.Do(chromedp.KeyEvent("\b" + words))
		return browser.Eval[[]string](b, visibleChecks)
	}
	assert.Equal(t, []string{"TestQuota", "TestQuotaHeaders"}, filter("QUOTA"))
	assert.Equal(t, "2 of 9 checks", browser.Eval[string](b, `document.getElementById('shown').textContent`))
	assert.Equal(
		t,
		[]string{"Skipped (2)", "About this run"},
		browser.Eval[[]string](b,
			`[...document.querySelectorAll('h2')].filter(e => e.offsetParent !== null).map(e => e.innerText)`),
	)
	assert.Equal(t, []string{"TestNoToken"}, filter("401 caller"))
	assert.Empty(t, filter("nothing has this"))
	assert.Equal(t, everything, filter(""))
	assert.Empty(t, browser.Eval[string](b, `document.getElementById('shown').textContent`))
	assertClean(b)
}

func assertWithoutScript(b *browser.Tab) {
	t := b.T
	b.WithoutScripts()
	visit(b, exampleReport())
	assert.Len(t, browser.Eval[[]string](b, visibleChecks), len(exampleReport().Checks))
	assert.True(t, browser.Eval[bool](b, `document.getElementById('filtering').hidden`),
		"a box that does nothing is not shown")
	assertClean(b)
}

// The page contains a deployment's answers, which can be any text.
func assertHarmless(b *browser.Tab) {
	t := b.T
	evil := `</pre></script><script>document.title='taken'</script><img src=x onerror="document.title='taken'"><a ` +
		`href="javascript:0">x</a>{{.}}` + "`${0}`"
	r := exampleReport()
	r.Environment, r.Output, r.Problems, r.Diagnoses = evil, evil, []string{
		evil,
	}, []verdict.Diagnosis{
		{Text: evil, Apart: evil},
	}
	r.Facts[evil] = evil
	for _, c := range r.Checks {
		c.Output, c.Message, c.Obligation, c.Runbook, c.Name = evil, evil, evil, evil, evil+c.Name
	}
	visit(b, r)
	assert.NotEqual(t, "taken", browser.Eval[string](b, `document.title`))
	assert.Equal(t, []int{1, 0, 0},
		browser.Eval[[]int](b, `['script', 'img', 'a[href^=javascript]'].map(s => document.querySelectorAll(s).length)`))
	assert.Equal(t, evil, browser.Eval[string](b, `document.querySelector('article pre').textContent`))
	assertClean(b)
}

func assertTenThousand(b *browser.Tab) {
	t := b.T
	s, err := verdict.Read(strings.NewReader(manyChecks()), nil)
	require.NoError(t, err)
	visit(b, s.Run(nil))
	b.Do(chromedp.Focus(chromedp.CSS("#filter")), chromedp.KeyEvent("TestNumber04321"))
	assert.Equal(t, []string{"TestNumber04321"}, browser.Eval[[]string](b, visibleChecks))
	assert.Equal(t, "1 of 10000 checks", browser.Eval[string](b, `document.getElementById('shown').textContent`))
	assertClean(b)
}
