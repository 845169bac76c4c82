package runner

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/faults"
	"github.com/lsst-sqre/muster/fixtures/phalanx"
	"github.com/lsst-sqre/muster/muster/verdict"
)

// browser is one tab of a headless Chromium without JavaScript, and what it
// complained about.
type browser struct {
	t          *testing.T
	ctx        context.Context
	mu         sync.Mutex
	complaints []string
}

// startBrowser starts Chromium; without one the test is skipped, except in CI.
func startBrowser(t *testing.T) *browser {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		require.NotEqual(t, "true", os.Getenv("CI"), "no browser for the tests of the pages: install chromium")
		t.Skip("no browser found")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(t.TempDir()), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits until the browser is gone
		cancel()
	})
	b := &browser{t: t, ctx: ctx}
	b.do()
	require.NoError(t, chromedp.Listen(ctx, func(event any) {
		if e, ok := event.(*log.EventEntryAdded); ok { // violations of the Content-Security-Policy too
			b.mu.Lock()
			defer b.mu.Unlock()
			b.complaints = append(b.complaints, e.Entry.Text+" "+e.Entry.URL)
		}
	}))
	call(b, network.Enable, network.EnableParams{})
	call(b, log.Enable, cdp.Empty{})
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	return b
}

func call[P, R any](b *browser, command cdp.Command[P, R], params P) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, command, params)
	require.NoError(b.t, err)
}

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	require.NoError(b.t, chromedp.Do(b.ctx, steps...))
}

// eval runs JavaScript in the page from outside.
func eval[T any](b *browser, script string) T {
	b.t.Helper()
	got, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](script))
	require.NoError(b.t, err)
	return got
}

func (b *browser) window(width, height int64) {
	b.t.Helper()
	call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1, Mobile: width < 600})
}

func (b *browser) scheme(name string) {
	b.t.Helper()
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}})
}

// picture keeps screenshots where go test -artifacts puts them.
func (b *browser) picture(name string) {
	b.t.Helper()
	for suffix, shot := range map[string]chromedp.Action[[]byte]{"": chromedp.CaptureScreenshot(), "-whole": chromedp.FullScreenshot(100)} {
		png, err := chromedp.Run(b.ctx, shot)
		require.NoError(b.t, err)
		require.NoError(b.t, os.WriteFile(filepath.Join(b.t.ArtifactDir(), name+suffix+".png"), png, 0o600))
	}
}

// contrasts are the texts whose contrast with what is behind them is below 4.5
// (WCAG 2.2, AA), with the value.
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

// assertReadable checks what a screen reader and a small screen need.
func assertReadable(b *browser) {
	t := b.t
	t.Helper()
	assert.Equal(t, "en", eval[string](b, `document.documentElement.lang`))
	assert.Equal(t, 1, eval[int](b, `document.querySelectorAll('h1').length`))
	assert.Equal(t, []string{"HEADER", "NAV", "MAIN", "FOOTER"}, eval[[]string](b, `[...document.querySelectorAll('header, nav, main, footer')].map(e => e.tagName)`))
	assert.Empty(t, eval[[]string](b, `(() => { let last = 0; return [...document.querySelectorAll('h1, h2, h3, h4')].filter(h => { const n = +h.tagName[1], jump = n > last + 1; last = n; return jump; }).map(h => h.innerText); })()`), "headings that leave a level out")
	assert.Empty(t, eval[[]string](b, `[...document.querySelectorAll('a, button')].filter(a => !a.innerText.trim()).map(a => a.outerHTML)`), "links without a text")
	assert.Empty(t, eval[[]string](b, `(() => { const n = {}; document.querySelectorAll('main a').forEach(a => { const k = a.textContent.trim(); (n[k] ||= new Set()).add(a.href); }); return Object.keys(n).filter(k => n[k].size > 1); })()`), "one text for two targets")
	assert.Empty(t, eval[[]string](b, `[...document.querySelectorAll('input')].filter(i => !i.labels.length).map(i => i.outerHTML)`), "inputs without a label")
	assert.Empty(t, eval[[]string](b, `[...document.querySelectorAll('[aria-labelledby]')].filter(e => !document.getElementById(e.getAttribute('aria-labelledby'))).map(e => e.outerHTML.slice(0, 80))`))
	assert.Empty(t, eval[[]string](b, `(() => { const n = {}; document.querySelectorAll('[id]').forEach(e => n[e.id] = (n[e.id] || 0) + 1); return Object.keys(n).filter(k => n[k] > 1); })()`), "ids that are given twice")
	assert.Equal(t, 0, eval[int](b, `document.querySelectorAll('script, [style], style, iframe').length`))
	for _, width := range []int64{320, 390} {
		b.window(width, 844)
		assert.LessOrEqual(t, eval[int64](b, `document.documentElement.scrollWidth`), width, "it must not scroll sideways")
	}
}

// past fills a history: a check that comes and goes, and runs of all kinds.
func past(s *site, red Run) {
	for i := range 14 {
		run := red
		run.ID, run.Trigger = s.history.newID(red.Started.Add(time.Duration(i-20)*time.Hour)), OnSchedule
		run.Started = red.Started.Add(time.Duration(i-20) * time.Hour)
		run.Ended = run.Started.Add(2 * time.Second)
		report := *red.Report
		report.Verdict, report.Diagnoses, report.Checks = verdict.Pass, nil, nil
		for _, c := range red.Report.Checks {
			changed := *c
			if colour(c.Outcome) == "red" {
				changed.Outcome = verdict.OutcomePass
			}
			if c.Name == "TestUnscopedToken" && i%2 == 0 {
				changed.Outcome, report.Verdict = verdict.OutcomeFail, verdict.Fail
			}
			report.Checks = append(report.Checks, &changed)
		}
		report.Counts = map[string]int{}
		for _, c := range report.Checks {
			report.Counts[c.Outcome]++
		}
		switch i {
		case 3:
			report.Verdict, report.Problems = verdict.Incomplete, []string{"cannot connect to minikube.lsst.codes:443: connection refused"}
		case 5:
			run.Stopped = errLeft.Error()
		case 7:
			run.Pattern = "^TestQuota"
		}
		run.Report = &report
		s.history.put(run)
	}
}

func TestPagesInABrowser(t *testing.T) {
	t.Parallel()
	fault, err := faults.Find("N05")
	require.NoError(t, err)
	broken := phalanx.Defaults()
	fault.Seed(&broken)
	cfg := against(t, environment(t, deployment(t, broken)))
	cfg.Host, cfg.Interval = "minikube.lsst.codes", time.Hour
	s := start(t, cfg, nil)
	first := s.run("?output=true")
	red, _, _, ok := s.history.get(first.ID)
	require.True(t, ok)
	s.history.mu.Lock()
	s.history.runs, s.history.last = nil, ""
	s.history.mu.Unlock()
	past(s, red)
	last := s.run("")
	require.Equal(t, verdict.Fail, last.Status)

	b := startBrowser(t)
	for name, page := range map[string]struct{ path, verdict string }{
		"runs": {"/pages/runs", "The deployment is not as it should be."},
		"run":  {"/pages/runs/" + last.ID, "The deployment is not as it should be."},
	} {
		for _, scheme := range []string{"light", "dark"} {
			b.scheme(scheme)
			b.window(1100, 900)
			b.do(chromedp.Navigate(s.url(page.path)), chromedp.WaitReady(chromedp.CSS("footer")))
			assert.Empty(t, eval[[]string](b, contrasts), "texts of %s that are hard to read in %s", name, scheme)
			b.picture(name + "-" + scheme)
		}
		assert.Contains(t, eval[string](b, `document.querySelector('.verdict').innerText`), page.verdict)
		assert.Less(t, eval[float64](b, `document.querySelector('.verdict').getBoundingClientRect().top`), 400.0, "the verdict is seen without scrolling")
		b.scheme("light")
		assertReadable(b)
		b.picture(name + "-phone")
		b.window(1100, 900)
	}

	b.do(chromedp.Navigate(s.url("/pages/runs/"+last.ID)), chromedp.WaitReady(chromedp.CSS("footer")))
	firstCheck := eval[string](b, `document.querySelector('.checks.red li').innerText`)
	for _, part := range []string{"Expected", "Found", "curl -si", "Usual causes:", "go test ./validation", "-run '^Test"} {
		assert.Contains(t, firstCheck, part)
	}
	text := eval[string](b, `document.body.textContent`)
	assert.Contains(t, text, "Newly red")
	assert.Contains(t, text, "Flaky")
	assert.Regexp(t, `In the last 15 runs: \d+ times green, \d+ times red\.`, text)
	b.do(chromedp.Navigate(s.url("/pages/runs")), chromedp.WaitReady(chromedp.CSS("footer")))
	list := eval[string](b, `document.body.innerText`)
	for _, part := range []string{"Newly red:", "Green again:", "Stopped: whoever asked for the run left.", "only checks that match ^TestQuota", "TestUnscopedToken", "The next run by schedule is due"} {
		assert.Contains(t, list, part)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	assert.Empty(t, b.complaints)
}

// A run is watched in a browser without scripts: the page grows as checks end,
// and the report takes its place.
func TestRunWatchedInABrowser(t *testing.T) {
	t.Parallel()
	s, open := gate(t)
	b := startBrowser(t)
	b.window(390, 844)
	b.do(chromedp.Navigate(s.url("/pages/runs")), chromedp.WaitReady(chromedp.CSS("footer")))
	assert.Contains(t, eval[string](b, `document.body.innerText`), "No run of all checks has ended yet.")
	go b.do(chromedp.Click(chromedp.CSS("button"))) // it ends when the page is complete
	until(t, "the page shows a check", func() bool {
		return eval[string](b, `document.querySelector('ol.live li')?.innerText || ''`) != ""
	})
	assert.Contains(t, eval[string](b, `document.querySelector('ol.live').innerText`), "TestA")
	assert.NotContains(t, eval[string](b, `document.querySelector('ol.live').innerText`), "TestGate")
	b.picture("watched")
	open()
	until(t, "the report takes its place", func() bool {
		return eval[int](b, `document.querySelectorAll('.verdict.pass').length`) == 1
	})
	assert.Contains(t, eval[string](b, `document.querySelector('h1').innerText`), "Run of ")
	assert.Equal(t, fmt.Sprint("http://", s.address, "/muster/runner/pages/runs/", s.lastID()), eval[string](b, `location.href`))
}

func (s *site) lastID() string {
	runs, _ := s.history.list()
	return runs[0].ID
}
