package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/muster/verdict"
)

// tab is one of a headless Chromium, and what it complained about.
type tab struct {
	t   *testing.T
	ctx context.Context

	mu         sync.Mutex
	complaints []string
	asked      []string
}

// startBrowser starts Chromium. Without one the test is skipped, except in CI,
// where a missing browser must not look like passing tests.
func startBrowser(t *testing.T) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"google-chrome-stable", "google-chrome", "chromium-browser", "chromium"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
		}
	}
	if path == "" {
		require.NotEqual(t, "true", os.Getenv("CI"), "no browser for the tests of the page: install chromium")
		t.Skip("no browser found")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()), chromedp.Flag("disable-component-update", true))...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits until the browser is gone
		cancel()
	})
	require.NoError(t, chromedp.Do(ctx))
	return ctx
}

func openTab(browser context.Context, t *testing.T) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser)
	t.Cleanup(cancel)
	b := &tab{t: t, ctx: ctx}
	require.NoError(t, chromedp.Do(ctx))
	require.NoError(t, chromedp.Listen(ctx, b.listen))
	call(b, network.Enable, network.EnableParams{})
	call(b, log.Enable, cdp.Empty{})
	return b
}

func call[P, R any](b *tab, command cdp.Command[P, R], params P) R {
	b.t.Helper()
	result, err := chromedp.Call(b.ctx, command, params)
	require.NoError(b.t, err)
	return result
}

func (b *tab) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		b.complaints = append(b.complaints, e.ExceptionDetails.Text)
	case *log.EventEntryAdded: // violations of the Content-Security-Policy too
		b.complaints = append(b.complaints, e.Entry.Text+" "+e.Entry.URL)
	case *network.EventRequestWillBeSent:
		b.asked = append(b.asked, e.Request.URL)
	}
}

// visit opens the page from a file, as from the archive of a CI run.
func (b *tab) visit(r *verdict.Report) {
	b.t.Helper()
	var text bytes.Buffer
	require.NoError(b.t, writeHTML(&text, r, defaultSource))
	path := filepath.Join(b.t.TempDir(), "report.html")
	require.NoError(b.t, os.WriteFile(path, text.Bytes(), 0o600))
	require.NoError(b.t, chromedp.Do(b.ctx, chromedp.Navigate("file://"+path), chromedp.WaitReady(chromedp.CSS("#run"))))
}

func (b *tab) window(width, height int64) {
	b.t.Helper()
	call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1, Mobile: width < 600})
}

// media sets the medium and the scheme of colours.
func (b *tab) media(medium, scheme string) {
	b.t.Helper()
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: medium, Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
}

func eval[T any](b *tab, script string) T {
	b.t.Helper()
	got, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](script))
	require.NoError(b.t, err)
	return got
}

func (b *tab) picture(name string) {
	b.t.Helper()
	png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	require.NoError(b.t, err)
	require.NoError(b.t, os.WriteFile(filepath.Join(b.t.ArtifactDir(), name+".png"), png, 0o600))
}

// clean asserts that the browser had nothing to say, and asked nobody.
func (b *tab) clean() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	assert.Empty(b.t, b.complaints)
	assert.NotEmpty(b.t, b.asked)
	for _, url := range b.asked {
		assert.True(b.t, strings.HasPrefix(url, "file://") && strings.HasSuffix(url, "/report.html"), "the page asked for %s", url)
	}
}

// contrasts are the texts whose contrast with what is behind them is below 4.5
// (WCAG 2.2, AA), with the value.
const contrasts = `(() => {
  const rgb = c => (c.match(/[\d.]+/g) || []).map(Number);
  const light = c => { const [r, g, b] = rgb(c).map(v => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const behind = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; const v = rgb(c); if (v.length < 4 || v[3] > 0) return c; } return 'rgb(255, 255, 255)'; };
  const bad = []; let seen = 0;
  for (const e of document.querySelectorAll('body *:not(script)')) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
    seen++;
    const a = light(getComputedStyle(e).color), b = light(behind(e));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) bad.push(e.tagName + ' "' + e.textContent.trim().slice(0, 40) + '" ' + ratio.toFixed(2));
  }
  return seen > 10 ? bad : ['only ' + seen + ' texts found'];
})()`

// visibleChecks are the names of the checks that are seen.
const visibleChecks = `[...document.querySelectorAll('[data-check]')].filter(e => e.offsetParent !== null).map(e => e.id)`

func TestPageInBrowser(t *testing.T) {
	t.Parallel()
	browser := startBrowser(t)
	t.Run("looks", func(t *testing.T) { assertLooks(openTab(browser, t)) })
	t.Run("print", func(t *testing.T) { assertPrints(openTab(browser, t)) })
	t.Run("filter", func(t *testing.T) { assertFilters(openTab(browser, t)) })
	t.Run("without script", func(t *testing.T) { assertWithoutScript(openTab(browser, t)) })
	t.Run("hostile", func(t *testing.T) { assertHarmless(openTab(browser, t)) })
	t.Run("ten thousand", func(t *testing.T) { assertTenThousand(openTab(browser, t)) })
}

func assertLooks(b *tab) {
	t := b.t
	for _, scheme := range []string{"light", "dark"} {
		b.media("", scheme)
		for name, size := range map[string][2]int64{"phone": {360, 740}, "desktop": {1280, 900}} {
			b.window(size[0], size[1])
			b.visit(exampleReport())
			assert.Empty(t, eval[[]string](b, contrasts), "texts that are hard to read in %s", scheme)
			assert.Equal(t, scheme == "light", eval[bool](b, `getComputedStyle(document.body).backgroundColor.match(/\d+/g).every(v => v > 128)`))
			assert.LessOrEqual(t, eval[int64](b, `document.documentElement.scrollWidth`), size[0], "it must not scroll sideways")
			assert.Less(t, eval[float64](b, `document.querySelector('#TestSlow').getBoundingClientRect().top`), float64(size[1]), "the first failure is seen without scrolling")
			b.picture(name + "-" + scheme)
		}
	}
	b.window(320, 700)
	assert.LessOrEqual(t, eval[int64](b, `document.documentElement.scrollWidth`), int64(320))
	assert.Equal(t, "en", eval[string](b, `document.documentElement.lang`))
	assert.Empty(t, eval[[]string](b, `(() => { const n = {}; document.querySelectorAll('[id]').forEach(e => n[e.id] = (n[e.id] || 0) + 1); return Object.keys(n).filter(k => n[k] > 1); })()`), "ids that are there twice")
	assert.Empty(t, eval[[]string](b, `[...document.querySelectorAll('nav a')].filter(a => !document.querySelector(a.hash)).map(a => a.hash)`), "links to nowhere")
	assert.Empty(t, eval[[]string](b, `(() => { let last = 0; return [...document.querySelectorAll('h1, h2, h3, h4')].filter(h => { const n = +h.tagName[1], jump = n > last + 1; last = n; return jump; }).map(h => h.innerText); })()`), "headings that leave a level out")
	assert.Empty(t, eval[[]string](b, `(() => { const n = {}; document.querySelectorAll('a').forEach(a => { const k = a.textContent.trim(); (n[k] ||= new Set()).add(a.href); }); return Object.keys(n).filter(k => n[k].size > 1); })()`), "one text for two targets")
	b.clean()
}

func assertPrints(b *tab) {
	t := b.t
	b.media("print", "dark")
	b.visit(exampleReport())
	assert.Empty(t, eval[[]string](b, contrasts), "on paper")
	assert.True(t, eval[bool](b, `getComputedStyle(document.body).backgroundColor.match(/\d+/g).every(v => v > 200)`), "paper is white")
	assert.Empty(t, eval[[]string](b, `[...document.querySelectorAll('details > pre')].filter(e => e.getBoundingClientRect().height < 10).map(e => e.textContent)`), "what is folded on a screen is printed")
	assert.Equal(t, "none", eval[string](b, `getComputedStyle(document.querySelector('nav')).display`))
	b.picture("paper")
	pdf := call(b, page.PrintToPDF, page.PrintToPDFParams{}).Data
	assert.True(t, bytes.HasPrefix(pdf, []byte("%PDF-")))
	require.NoError(t, os.WriteFile(filepath.Join(t.ArtifactDir(), "paper.pdf"), pdf, 0o600))
	b.clean()
}

func assertFilters(b *tab) {
	t := b.t
	b.visit(exampleReport())
	everything := eval[[]string](b, visibleChecks)
	assert.Len(t, everything, len(exampleReport().Checks))
	filter := func(words string) []string {
		require.NoError(t, chromedp.Do(b.ctx, chromedp.Focus(chromedp.CSS("#filter"))))
		eval[bool](b, `(document.getElementById('filter').select(), true)`)
		require.NoError(t, chromedp.Do(b.ctx, chromedp.KeyEvent("\b"+words)))
		return eval[[]string](b, visibleChecks)
	}
	assert.Equal(t, []string{"TestQuota", "TestQuotaHeaders"}, filter("QUOTA"))
	assert.Equal(t, "2 of 9 checks", eval[string](b, `document.getElementById('shown').textContent`))
	assert.Equal(t, []string{"Skipped (2)", "About this run"}, eval[[]string](b, `[...document.querySelectorAll('h2')].filter(e => e.offsetParent !== null).map(e => e.innerText)`))
	assert.Equal(t, []string{"TestNoToken"}, filter("401 ingress"))
	assert.Empty(t, filter("nothing has this"))
	assert.Equal(t, everything, filter(""))
	assert.Empty(t, eval[string](b, `document.getElementById('shown').textContent`))
	b.clean()
}

func assertWithoutScript(b *tab) {
	t := b.t
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.visit(exampleReport())
	assert.Len(t, eval[[]string](b, visibleChecks), len(exampleReport().Checks))
	assert.True(t, eval[bool](b, `document.getElementById('filtering').hidden`), "a box that does nothing is not shown")
	b.clean()
}

// What a deployment answers can be anything, and ends up in the page.
func assertHarmless(b *tab) {
	t := b.t
	evil := `</pre></script><script>document.title='taken'</script><img src=x onerror="document.title='taken'"><a href="javascript:0">x</a>{{.}}` + "`${0}`"
	r := exampleReport()
	r.Environment, r.Output, r.Problems, r.Diagnoses = evil, evil, []string{evil}, []string{evil}
	r.Facts[evil] = evil
	for _, c := range r.Checks {
		c.Output, c.Message, c.Obligation, c.Runbook, c.Name = evil, evil, evil, evil, evil+c.Name
	}
	b.visit(r)
	assert.NotEqual(t, "taken", eval[string](b, `document.title`))
	assert.Equal(t, []int{1, 0, 0}, eval[[]int](b, `['script', 'img', 'a[href^=javascript]'].map(s => document.querySelectorAll(s).length)`))
	assert.Equal(t, evil, eval[string](b, `document.querySelector('article pre').textContent`))
	b.clean()
}

func assertTenThousand(b *tab) {
	t := b.t
	s, err := verdict.Read(strings.NewReader(manyChecks()), nil)
	require.NoError(t, err)
	b.visit(s.Report(nil))
	require.NoError(t, chromedp.Do(b.ctx, chromedp.Focus(chromedp.CSS("#filter")), chromedp.KeyEvent("TestNumber04321")))
	assert.Equal(t, []string{"TestNumber04321"}, eval[[]string](b, visibleChecks))
	assert.Equal(t, "1 of 10000 checks", eval[string](b, `document.getElementById('shown').textContent`))
	b.clean()
}
