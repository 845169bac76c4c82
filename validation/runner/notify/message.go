package notify

import (
	"fmt"
	"strings"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/runner/history"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// Bounds of a message: Slack shows the first 4,000 characters at once.
const (
	namesInMessage = 3
	longestName    = 80  // characters
	longestCause   = 600 // characters
)

// message describes a run in Slack's markup (mrkdwn). before is what was
// announced.
func message(cfg WebhookConfig, run *history.Run, before notifyState) string {
	r := run.Report
	lines := []string{announcement(cfg, run, before)}
	if r.Verdict != verdict.Pass {
		lines = append(lines, explanation(r)...)
	}
	if cfg.Runs != "" {
		lines = append(lines, fmt.Sprintf("<%s|Run %s>", runURL(cfg.Runs, run), run.ID))
	}
	return strings.Join(lines, "\n")
}

// announcement says what is new, with the numbers.
func announcement(cfg WebhookConfig, run *history.Run, before notifyState) string {
	r := run.Report
	name := cfg.Deployment
	if name == "" {
		name = r.Target()
	}
	name = plain(name, longestName)
	counts := r.CountsText() + "."
	since := redSince(run, before)
	switch {
	case r.Verdict == verdict.Pass:
		return fmt.Sprintf(":large_green_circle: *Muster: %s passes again.* %s%s", name, counts, since)
	case len(before.newHoles(run)) > 0 && before.Verdict != verdict.Pass:
		return fmt.Sprintf(":rotating_light: *Muster: %s has a new security failure.* %s%s", name, counts, since)
	case before.holesClosed(run):
		return fmt.Sprintf(
			":red_circle: *Muster: the security failures of %s are over; it still fails.* %s%s",
			name,
			counts,
			since,
		)
	case r.Verdict == verdict.Fail:
		return fmt.Sprintf(":red_circle: *Muster: %s fails.* %s%s", name, counts, since)
	}
	return fmt.Sprintf(":large_orange_circle: *Muster: %s could not be checked.* "+
		"The run is incomplete and says little about the deployment: %s%s", name, counts, since)
}

// redSince says how long the deployment is, or was, red.
func redSince(run *history.Run, before notifyState) string {
	if before.Since.IsZero() || !run.Started.After(before.Since) {
		return ""
	}
	word := "It has failed since"
	if run.Report.Verdict == verdict.Pass {
		word = "It had failed since"
	}
	return fmt.Sprintf(
		" %s %s (%s).",
		word,
		before.Since.UTC().Format("2 January, 15:04 MST"),
		verdict.Age(run.Started.Sub(before.Since)),
	)
}

// explanation returns the most important cause and the first failed checks,
// security checks first.
func explanation(r *verdict.Run) []string {
	var lines []string
	failed := r.Failures()
	switch {
	case len(r.Diagnoses) > 0:
		lines = append(lines, "Cause: "+plain(r.Diagnoses[0].String(), longestCause))
	case len(r.Problems) > 0:
		lines = append(lines, "Reason: "+plain(r.Problems[0], longestCause))
	case len(failed) > 0:
		lines = append(lines, "Found: "+plain(failed[0].Found(), longestCause))
	}
	if len(failed) == 0 {
		return lines
	}
	var names []string
	for _, c := range failed[:min(len(failed), namesInMessage)] {
		name := plain(c.Name, longestName)
		if c.Security {
			name += " (security)"
		}
		names = append(names, name)
	}
	if more := len(failed) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return append(lines, "Failed: "+strings.Join(names, ", "))
}

// markup escapes Slack's three special characters, so that a text contains no
// link and notifies nobody.
var markup = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// plain returns bounded text of one line without markup.
func plain(text string, limit int) string { return markup.Replace(oneLine(text, limit)) }

// oneLine returns the beginning of a text without line breaks.
func oneLine(text string, limit int) string {
	return gafaelfawr.ExcerptLine(text, limit)
}

func runURL(runs string, run *history.Run) string { return strings.TrimRight(runs, "/") + "/" + run.ID }
