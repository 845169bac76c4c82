package runner

import (
	"fmt"
	"strings"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// Bounds of a message: Slack shows the first 4,000 characters at once.
const (
	namesInMessage = 15
	longestName    = 80  // characters
	longestCause   = 600 // characters
)

// message is a run in Slack's markup (mrkdwn).
func message(cfg webhookConfig, run *Run) string {
	r := run.Report
	name := cfg.deployment
	if name == "" {
		name = r.Environment
	}
	name = plain(name, longestName)
	var lines []string
	switch r.Verdict {
	case verdict.Pass:
		lines = append(lines, fmt.Sprintf(":large_green_circle: *Muster: %s is green again.* %s.", name, r.CountsText()))
	case verdict.Fail:
		lines = append(lines, fmt.Sprintf(":red_circle: *Muster: %s is red.* %s.", name, r.CountsText()))
		lines = append(lines, explanation(r)...)
	default:
		lines = append(lines, fmt.Sprintf(":large_orange_circle: *Muster: %s could not be checked.* The run is incomplete and says little about the deployment: %s.",
			name, r.CountsText()))
		lines = append(lines, explanation(r)...)
	}
	if cfg.runs != "" {
		lines = append(lines, fmt.Sprintf("<%s|Run %s>", runURL(cfg.runs, run), run.ID))
	}
	return strings.Join(lines, "\n")
}

// explanation names the checks that failed, those of security first, and the
// most important cause.
func explanation(r *verdict.Run) []string {
	var lines []string
	failed := r.Failures()
	if len(failed) > 0 {
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
		lines = append(lines, "Failed: "+strings.Join(names, ", "))
	}
	switch {
	case len(r.Diagnoses) > 0:
		lines = append(lines, "Diagnosis: "+plain(r.Diagnoses[0].String(), longestCause))
	case len(r.Problems) > 0:
		lines = append(lines, "Reason: "+plain(r.Problems[0], longestCause))
	case len(failed) > 0:
		lines = append(lines, "Found: "+plain(failed[0].Found(), longestCause))
	}
	return lines
}

// markup are the three characters that Slack wants escaped: without them a text
// has no link and calls nobody.
var markup = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// plain is text of one line, bounded, without markup.
func plain(text string, limit int) string { return markup.Replace(oneLine(text, limit)) }

// oneLine is the beginning of a text, without line breaks.
func oneLine(text string, limit int) string {
	return gafaelfawr.Excerpt(strings.Join(strings.Fields(text), " "), limit)
}

func runURL(runs string, run *Run) string { return strings.TrimRight(runs, "/") + "/" + run.ID }
