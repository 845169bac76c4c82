package runner

import (
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/lsst-sqre/muster/fixtures/hostile"
	"github.com/lsst-sqre/muster/validation/runner/history/historytest"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// No text of a run becomes markup in a page.
func TestEveryTextIsEscaped(t *testing.T) {
	t.Parallel()
	for _, result := range []string{verdict.Pass, verdict.Fail, verdict.Incomplete} {
		run := historytest.Ended("20260301T120000.000Z", result, 0)
		for _, outcome := range []string{
			verdict.OutcomePass, verdict.OutcomeFail, verdict.OutcomeAdvice, verdict.OutcomeBlocked, verdict.OutcomeSkip,
		} {
			run.Report.Checks = append(run.Report.Checks, historytest.Check("Test"+outcome, outcome))
			run.Report.Counts[outcome]++
		}
		hostile.Taint(reflect.ValueOf(run.Report).Elem(), "Outcome", "Verdict", "Severity", "Counts")
		run.Stopped, run.Pattern = hostile.Text, hostile.Text
		s := kept(t, run)
		for _, path := range []string{"runs", "runs/" + run.ID, "runs/" + run.ID + "?q=taken",
			"runs?q=" + url.QueryEscape(hostile.Text), "runs/" + run.ID + "?q=" + url.QueryEscape(hostile.Text)} {
			page := s.page(path)
			hostile.AssertNoMarkup(t, []byte(page))
			assert.Greater(t, strings.Count(page, "taken"), 1, path)
		}
	}
}
