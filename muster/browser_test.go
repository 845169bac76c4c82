package muster

import (
	"context"
	"fmt"
	"net/url"
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
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// browser is one tab of a headless Chromium, and what it complained about.
type browser struct {
	t   *testing.T
	ctx context.Context

	mu         sync.Mutex
	complaints []string
	asked      []string
}

var browserNames = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"}

// startBrowser starts Chromium and gives the context in which tabs are opened.
// Without one the test is skipped, except in CI, where a missing browser must
// not look like passing tests.
func startBrowser(t *testing.T) context.Context {
	t.Helper()
	path := ""
	for _, name := range browserNames {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("no browser for the tests of the pages: install chromium")
		}
		t.Skip("no browser found (looked for " + strings.Join(browserNames, ", ") + ")")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(1100, 900), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits until the browser is gone
		cancel()
	})
	require.NoError(t, chromedp.Do(ctx))
	return ctx
}

// openTab opens a tab in which every request has these headers.
func openTab(parent context.Context, t *testing.T, headers map[string]any) *browser {
	t.Helper()
	ctx, cancel := chromedp.NewContext(parent)
	t.Cleanup(cancel)
	b := &browser{t: t, ctx: ctx}
	b.do()
	require.NoError(t, chromedp.Listen(ctx, b.listen))
	call(b, network.Enable, network.EnableParams{})
	call(b, log.Enable, cdp.Empty{})
	call(b, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: headers})
	return b
}

func call[P, R any](b *browser, command cdp.Command[P, R], params P) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, command, params)
	require.NoError(b.t, err)
}

func (b *browser) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		b.complaints = append(b.complaints, fmt.Sprintf("console %s", e.Type))
	case *runtime.EventExceptionThrown:
		b.complaints = append(b.complaints, e.ExceptionDetails.Text)
	case *log.EventEntryAdded: // violations of the Content-Security-Policy too
		b.complaints = append(b.complaints, e.Entry.Text+" "+e.Entry.URL)
	case *network.EventRequestWillBeSent:
		b.asked = append(b.asked, e.Request.URL)
	}
}

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	require.NoError(b.t, chromedp.Do(b.ctx, steps...))
}

func (b *browser) visit(address, path string) {
	b.t.Helper()
	b.do(chromedp.Navigate("http://"+address+path), chromedp.WaitReady(chromedp.CSS("footer")))
}

// window sets the size of the page, in pixels.
func (b *browser) window(width, height int64) {
	b.t.Helper()
	call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1, Mobile: width < 600})
}

// eval runs JavaScript in the page from outside, which its policy does not forbid.
func eval[T any](b *browser, script string) T {
	b.t.Helper()
	got, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](script))
	require.NoError(b.t, err)
	return got
}

// clean asserts that nothing was complained about and nobody else was asked.
func (b *browser) clean(origin string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	assert.Empty(b.t, b.complaints)
	for _, asked := range b.asked {
		u, err := url.Parse(asked)
		require.NoError(b.t, err)
		assert.Equal(b.t, origin, u.Host, "the page asked %s", asked)
	}
	assert.NotEmpty(b.t, b.asked)
}

// picture keeps screenshots, of the window and of the whole page, where go test
// -artifacts puts them.
func (b *browser) picture(name string) {
	b.t.Helper()
	for suffix, shot := range map[string]chromedp.Action[[]byte]{"": chromedp.CaptureScreenshot(), "-whole": chromedp.FullScreenshot(100)} {
		png, err := chromedp.Run(b.ctx, shot)
		require.NoError(b.t, err)
		require.NoError(b.t, os.WriteFile(filepath.Join(b.t.ArtifactDir(), name+suffix+".png"), png, 0o600))
	}
}

// contrasts are the texts of the page whose contrast with what is behind them
// is below 4.5 (WCAG 2.2, AA), with the value.
const contrasts = `(() => {
  const rgb = c => (c.match(/[\d.]+/g) || []).map(Number);
  const light = c => { const [r, g, b] = rgb(c).map(v => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const behind = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; const v = rgb(c); if (v.length < 4 || v[3] > 0) return c; } return getComputedStyle(document.body).backgroundColor; };
  const bad = []; let seen = 0;
  for (const e of document.querySelectorAll('body *')) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
    seen++;
    const a = light(getComputedStyle(e).color), b = light(behind(e));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) bad.push(e.tagName + ' "' + e.textContent.trim().slice(0, 40) + '" ' + ratio.toFixed(2));
  }
  return seen > 10 ? bad : ['only ' + seen + ' texts found'];
})()`

// pages that are looked at: a path, and what the ingress adds.
func visits() map[string]struct {
	path    string
	headers map[string]any
	verdict string
} {
	released := map[string]any{"X-Auth-Request-User": user, "X-Auth-Request-Email": email, "X-Auth-Request-Token": delegatedToken, "X-Request-ID": "0123456789abcdef0123456789abcdef",
		"X-Forwarded-For": "10.99.0.1", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "minikube.lsst.codes"}
	return map[string]struct {
		path    string
		headers map[string]any
		verdict string
	}{
		"index": {"/muster/pages/", nil, ""},
		"pass":  {"/muster/pages/delegated", released, "Everything is as it should be. All 16 checks passed."},
		"fail":  {"/muster/pages/authorization", released, "1 of 16 checks failed."},
		"docs":  {"/muster/docs", nil, ""},
	}
}

func TestPagesInABrowser(t *testing.T) {
	t.Parallel()
	browser := startBrowser(t)
	s := start(t, Config{GafaelfawrURL: serveTeller(t, honest()), Version: "1.2.3", Host: "minikube.lsst.codes"})
	for name, v := range visits() {
		t.Run(name, func(t *testing.T) {
			b := openTab(browser, t, v.headers)
			b.window(1100, 900)
			for _, scheme := range []string{"light", "dark"} {
				call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
				b.visit(s.address, v.path)
				assert.Empty(t, eval[[]string](b, contrasts), "texts that are hard to read in %s", scheme)
				assert.Equal(t, scheme == "light", eval[bool](b, `getComputedStyle(document.body).backgroundColor.match(/\d+/g).every(v => v > 128)`), "the paper in %s", scheme)
				b.picture(name + "-" + scheme)
			}
			if v.verdict != "" {
				assert.Contains(t, eval[string](b, `document.querySelector('.verdict').innerText.replace(/\s+/g, ' ')`), v.verdict)
				assert.Less(t, eval[float64](b, `document.querySelector('.verdict').getBoundingClientRect().bottom`), 900.0, "the verdict is seen without scrolling")
			}
			assertReadable(b)
			b.picture(name + "-narrow")
			assert.NotContains(t, eval[string](b, `document.documentElement.outerHTML`), secretPart)
			b.clean(s.address)
		})
	}
	t.Run("keyboard", func(t *testing.T) { assertKeyboard(openTab(browser, t, nil), s) })
	t.Run("links", func(t *testing.T) { assertLinks(openTab(browser, t, nil), s) })
}

// assertReadable checks what a screen reader and a small screen need.
func assertReadable(b *browser) {
	t := b.t
	t.Helper()
	assert.Equal(t, "en", eval[string](b, `document.documentElement.lang`))
	assert.Equal(t, 1, eval[int](b, `document.querySelectorAll('h1').length`))
	assert.Equal(t, []string{"HEADER", "NAV", "MAIN", "FOOTER"}, eval[[]string](b, `[...document.querySelectorAll('header, nav, main, footer')].map(e => e.tagName)`))
	assert.Empty(t, eval[[]string](b, `(() => { let last = 0; return [...document.querySelectorAll('h1, h2, h3, h4')].filter(h => { const n = +h.tagName[1], jump = n > last + 1; last = n; return jump; }).map(h => h.innerText); })()`), "headings that leave a level out")
	assert.Empty(t, eval[[]string](b, `[...document.querySelectorAll('table')].filter(t => !t.caption || !t.querySelector('th[scope=col]')).map(t => t.outerHTML.slice(0, 80))`), "tables without a caption or heads")
	assert.Empty(t, eval[[]string](b, `[...document.querySelectorAll('a')].filter(a => !a.innerText.trim()).map(a => a.outerHTML)`), "links without a text")
	assert.Empty(t, eval[[]string](b, `(() => { const n = {}; document.querySelectorAll('a').forEach(a => { const k = a.textContent.trim(); (n[k] ||= new Set()).add(a.href); }); return Object.keys(n).filter(k => n[k].size > 1); })()`), "one text for two targets")
	assert.Empty(t, eval[[]string](b, `[...document.querySelectorAll('[aria-labelledby]')].filter(e => !document.getElementById(e.getAttribute('aria-labelledby'))).map(e => e.outerHTML.slice(0, 80))`))
	assert.Equal(t, 0, eval[int](b, `document.querySelectorAll('script, [style], style, iframe, form').length`))
	b.window(320, 700)
	assert.LessOrEqual(t, eval[int](b, `document.documentElement.scrollWidth`), 320, "it must not scroll sideways at 320 pixels")
}

// assertKeyboard goes through a page with the keyboard alone: the first stop
// skips to the content, every stop is visible, and the order is that of the page.
func assertKeyboard(b *browser, s *running) {
	t := b.t
	t.Helper()
	b.visit(s.address, "/muster/pages/")
	var stops []string
	for range 6 {
		b.do(chromedp.KeyEvent("\t"))
		stop := eval[string](b, `document.activeElement.textContent.trim()`)
		stops = append(stops, stop)
		assert.NotEqual(t, "none", eval[string](b, `getComputedStyle(document.activeElement).outlineStyle`), "the focus on %q is not seen", stop)
		assert.GreaterOrEqual(t, eval[float64](b, `document.activeElement.getBoundingClientRect().left`), 0.0, "%q has the focus off the screen", stop)
	}
	assert.Equal(t, []string{"Skip to the content", "Muster", "Probes", "Routes", "No authentication", "JSON of the probe No authentication"}, stops)

	b.visit(s.address, "/muster/pages/anonymous")
	b.do(chromedp.KeyEvent("\t"), chromedp.KeyEvent("\r"))
	assert.Equal(t, "content", eval[string](b, `document.activeElement.id`))
	for range 4 { // an explanation for each of the three checks comes first
		b.do(chromedp.KeyEvent("\t"))
	}
	assert.Equal(t, "The same report as JSON", eval[string](b, `document.activeElement.textContent.trim()`))
	b.clean(s.address)
}

// assertLinks finds every probe on the index, and goes to one with a click.
func assertLinks(b *browser, s *running) {
	t := b.t
	t.Helper()
	b.visit(s.address, "/muster/")
	var want []string
	for _, p := range s.server.probes {
		want = append(want, "/muster"+p.PagePath())
	}
	assert.Equal(t, want, eval[[]string](b, `[...document.querySelectorAll('.probes h3 a')].map(a => new URL(a.href).pathname)`))
	b.do(chromedp.Click(chromedp.CSS(`.probes li:nth-child(2) h3 a`)), chromedp.WaitReady(chromedp.CSS(".verdict")))
	assert.Equal(t, "Authentication without delegation", eval[string](b, `document.querySelector('h1').innerText`))
	assert.Contains(t, eval[string](b, `document.querySelector('.remedy').innerText`), "What to do:")
	b.clean(s.address)
}
