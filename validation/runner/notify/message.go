package notify

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/runner/history"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// Bounds of a message, in characters as they are sent. Slack refuses a section of
// more than 3,000 and cuts a message off after 40,000.
const (
	namesInMessage = 3
	longestName    = 80
	longestCause   = 600
)

// message is a run in Slack's markup (mrkdwn), the cause in front; before is what
// was announced.
func message(cfg WebhookConfig, run *history.Run, before notifyState) string {
	r := run.Report
	name := cfg.Deployment
	if name == "" {
		name = r.Target()
	}
	name = plain(name, longestName)
	var lines []string
	if r.Verdict == verdict.Pass {
		lines = append(lines, fmt.Sprintf(":large_green_circle: *%s* passes again. %s.%s",
			name, r.CountsText(), wasRed(run, before)))
	} else {
		news := newsOf(run, before)
		lines = append(lines, fmt.Sprintf(":%s: *%s:* %s", news.icon, name, lead(r, news.cause)),
			strings.TrimSpace(news.says+" "+failedNames(r, news)), redSince(run, before))
	}
	if cfg.Runs != "" {
		lines = append(lines, fmt.Sprintf("<%s|Run %s>", runURL(cfg.Runs, run), run.ID))
	}
	return strings.Join(lines, "\n")
}

// news is what is new in a run that is red.
type news struct {
	icon, says string
	// cause leads, nil where none is known.
	cause *verdict.Diagnosis
	// holes are the new ones.
	holes []string
}

func newsOf(run *history.Run, before notifyState) news {
	r := run.Report
	fresh := before.newCauses(run)
	n := news{icon: "red_circle", says: "It fails.", holes: before.newHoles(run)}
	again := before.Verdict != verdict.Pass && !before.Unsure
	switch {
	case len(n.holes) > 0:
		n.icon, n.says = "rotating_light", "A security failure."
		if again {
			n.says = "A new security failure."
		}
	case r.Verdict == verdict.Incomplete:
		n.icon, n.says = "large_orange_circle",
			"It could not be checked: the run is incomplete and says little about the deployment."
	case again && before.holesClosed(run):
		n.says = "The security failures are over; it still fails."
	case again && len(fresh) > 0:
		n.says = "A new cause; it still fails."
	}
	for i, d := range r.Diagnoses {
		if slices.Contains(fresh, oneLine(d.Key(), longestKeyed)) {
			n.cause = &r.Diagnoses[i]
			return n
		}
	}
	if len(r.Diagnoses) > 0 {
		n.cause = &r.Diagnoses[0]
	}
	return n
}

// lead is the cause with its object, or else what was found first.
func lead(r *verdict.Run, cause *verdict.Diagnosis) string {
	failed := r.Failures()
	switch {
	case cause != nil:
		return plain(cause.Titled(), longestCause)
	case len(r.Problems) > 0:
		return plain(r.Problems[0], longestCause)
	case len(failed) > 0:
		return plain(strings.TrimSuffix(failed[0].Name+": "+failed[0].Found(), ": "), longestCause)
	}
	return "no cause is known."
}

// failedNames are the first of the checks that failed: those that are new holes, then those
// that the cause explains.
func failedNames(r *verdict.Run, n news) string {
	failed := r.Failures()
	if len(failed) == 0 {
		return ""
	}
	ranks := map[*verdict.Check]int{}
	for _, c := range failed {
		switch {
		case c.Security && slices.Contains(n.holes, oneLine(c.Name, longestKept)):
		case n.cause != nil && r.ExplainedBy(c) == n.cause:
			ranks[c] = 1
		default:
			ranks[c] = 2
		}
	}
	slices.SortStableFunc(failed, func(a, b *verdict.Check) int { return ranks[a] - ranks[b] })
	var names []string
	for _, c := range failed[:min(len(failed), namesInMessage)] {
		name := plain(c.Name, longestName)
		if c.Security {
			name += " (security)"
		}
		names = append(names, name)
	}
	text := "Failed: " + strings.Join(names, ", ")
	if more := len(failed) - len(names); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text + "."
}

// redSince says since when the deployment is red; at first, since this run.
func redSince(run *history.Run, before notifyState) string {
	since := before.Since
	if since.IsZero() || !run.Started.After(since) {
		return "Since " + moment(run.Started) + "."
	}
	return fmt.Sprintf("Since %s (%s).", moment(since), verdict.Age(run.Started.Sub(since)))
}

// wasRed says how long the deployment was red.
func wasRed(run *history.Run, before notifyState) string {
	if before.Since.IsZero() || !run.Started.After(before.Since) {
		return ""
	}
	return fmt.Sprintf(" It failed for %s, since %s.",
		verdict.Age(run.Started.Sub(before.Since)), moment(before.Since))
}

func moment(at time.Time) string { return at.UTC().Format("2 January, 15:04 MST") }

// escaped are the three characters that Slack wants escaped, without which a text
// has no link and calls nobody. The others look like those of the markup, which has
// no way to escape them.
var (
	escaped   = map[rune]string{'&': "&amp;", '<': "&lt;", '>': "&gt;", '`': "'"}
	lookalike = map[rune]string{'*': "∗", '_': "＿", '~': "∼"}
)

// plain is text of one line without markup, bounded as it is sent.
func plain(text string, limit int) string {
	var out strings.Builder
	room, before := limit, ' '
	for _, r := range oneLine(text, limit) {
		shown, ok := escaped[r]
		if mark := lookalike[r]; mark != "" && !wordy(before) { // within a word it is none
			shown, ok = mark, true
		}
		if !ok {
			shown = string(r)
		}
		if room -= utf8.RuneCountInString(shown); room < 1 {
			return out.String() + "…"
		}
		out.WriteString(shown)
		before = r
	}
	return out.String()
}

func wordy(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
}

// oneLine returns the beginning of a text without line breaks.
func oneLine(text string, limit int) string {
	return gafaelfawr.ExcerptLine(text, limit)
}

func runURL(runs string, run *history.Run) string { return strings.TrimRight(runs, "/") + "/" + run.ID }
