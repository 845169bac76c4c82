package runner

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/browser"
	"github.com/lsst-sqre/muster/fixtures/faults"
	"github.com/lsst-sqre/muster/fixtures/phalanx"
	"github.com/lsst-sqre/muster/validation/runner/history"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// assertReadable checks what a screen reader and a small screen need.
func assertReadable(b *browser.Tab) {
	t := b.T
	t.Helper()
	b.AssertStructure()
	assert.Equal(t, []string{"HEADER", "NAV", "MAIN", "FOOTER"},
		browser.Eval[[]string](b, `[...document.querySelectorAll('header, nav, main, footer')].map(e => e.tagName)`))
	assert.Equal(t, 0, browser.Eval[int](b, `document.querySelectorAll('script, [style], style, iframe').length`))
	b.AssertFits(320, 390)
}

// tab opens a browser tab without scripts.
func tab(t *testing.T) *browser.Tab {
	t.Helper()
	b := browser.Start(t).Open(t)
	b.WithoutScripts()
	return b
}

func (s *site) assertClean(b *browser.Tab) {
	b.T.Helper()
	b.AssertClean(func(url string) bool { return strings.HasPrefix(url, "http://"+s.address+"/") })
}

// past fills a history with a flaky check and runs of all kinds.
func past(s *site, red history.Run) {
	for i := range 14 {
		run := red
		run.ID, run.Trigger = s.history.NewID(red.Started.Add(time.Duration(i-20)*time.Hour)), history.OnSchedule
		run.Started = red.Started.Add(time.Duration(i-20) * time.Hour)
		run.Ended = run.Started.Add(2 * time.Second)
		report := *red.Report
		report.Verdict, report.Diagnoses, report.Checks = verdict.Pass, nil, nil
		for _, c := range red.Report.Checks {
			changed := *c
			if history.Colour(c.Outcome) == "red" {
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
			report.Verdict, report.Problems = verdict.Incomplete, []string{
				"cannot connect to minikube.lsst.codes:443: connection refused",
			}
		case 5:
			run.Stopped = errLeft.Error()
		case 7:
			run.Pattern = "^TestQuota"
		}
		run.Report = &report
		s.history.Append(run)
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
	red, _, _, ok := s.history.Get(first.ID)
	require.True(t, ok)
	s.history = history.Open(t.TempDir(), 200, testLog)
	past(s, red)
	last := s.run("")
	require.Equal(t, verdict.Fail, last.Status)

	b := tab(t)
	for name, page := range map[string]struct{ path, verdict string }{
		"runs": {"/pages/runs", "The error mapping is missing"},
		"run":  {"/pages/runs/" + last.ID, "The error mapping is missing"},
		"api":  {"/pages/api", ""},
	} {
		for _, scheme := range []string{"light", "dark"} {
			b.Media("", scheme)
			b.Window(1100, 900)
			b.Visit(s.url(page.path), "footer")
			b.AssertContrast()
			b.AssertAccessible()
			b.Picture(name + "-" + scheme)
			b.Window(390, 844)
			b.AssertAccessible()
			b.Window(1100, 900)
		}
		b.Media("", "light")
		assertReadable(b)
		b.Picture(name + "-phone")
		b.Window(1100, 900)
		if page.verdict == "" {
			continue
		}
		assert.Equal(t, "minikube.lsst.codes fails", browser.Eval[string](b, `document.querySelector('h1').innerText`))
		assert.Contains(t, browser.Eval[string](b, `document.querySelector('.verdict').innerText`), page.verdict)
		assert.Less(t, browser.Eval[float64](b, `document.querySelector('.verdict').getBoundingClientRect().top`), 400.0,
			"the verdict is seen without scrolling")
	}

	b.Visit(s.url("/pages/runs/"+last.ID), "footer")
	firstCheck := browser.Eval[string](b, `document.querySelector('.checks.red li').innerText`)
	for _, part := range []string{"Expected", "Found", "curl -si", "Run this check"} {
		assert.Contains(t, firstCheck, part)
	}
	text := browser.Eval[string](b, `document.body.textContent`)
	assert.Contains(t, text, "Newly failed")
	assert.Contains(t, text, "Flaky")
	assert.Regexp(t, `In the last 15 runs: passed \d+ times?, failed \d+ times?\.`, text)
	b.Visit(s.url("/pages/runs"), "footer")
	list := browser.Eval[string](b, `document.body.innerText`)
	for _, part := range []string{"Newly failed:", "Passed again:", "Stopped: all clients that waited for the run left.",
		"only checks that match ^TestQuota", "TestUnscopedToken", "The next run by schedule is due"} {
		assert.Contains(t, list, part)
	}
	s.assertClean(b)
}

// A browser without scripts shows a run: the page grows as checks end, and the
// report replaces it.
func TestRunWatchedInABrowser(t *testing.T) {
	t.Parallel()
	s, open := gate(t)
	b := tab(t)
	b.Window(390, 844)
	b.Visit(s.url("/pages/runs"), "footer")
	assert.Contains(t, browser.Eval[string](b, `document.body.innerText`), "No run of all checks has ended yet.")
	go b.Do(chromedp.Click(chromedp.CSS("button"))) // it ends when the page is complete
	until(t, "the page shows a check", func() bool {
		return browser.Eval[string](b, `document.querySelector('ol.live li')?.innerText || ''`) != ""
	})
	assert.Contains(t, browser.Eval[string](b, `document.querySelector('ol.live').innerText`), "TestA")
	assert.NotContains(t, browser.Eval[string](b, `document.querySelector('ol.live').innerText`), "TestGate")
	b.Picture("watched")
	open()
	until(t, "the report takes its place", func() bool {
		return browser.Eval[int](b, `document.querySelectorAll('.verdict.pass').length`) == 1
	})
	assert.Contains(t, browser.Eval[string](b, `document.querySelector('h1').innerText`), " passes")
	assert.Equal(t, fmt.Sprint("http://", s.address, "/muster/runner/pages/runs/", s.lastID()),
		browser.Eval[string](b, `location.href`))
}

func (s *site) lastID() string {
	runs, _ := s.history.List()
	return runs[0].ID
}
