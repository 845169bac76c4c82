package verdict

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// Bounds for one published text. A dump of all goroutines would drown the
// report, and CI services refuse reports of several megabytes.
const (
	maxOutput  = 64 << 10
	maxMessage = 600
	// maxOutputs bounds the output of all checks of a run. Beyond it, checks that
	// did not fail keep leastOutput, and failed checks share the rest.
	maxOutputs  = 8 << 20
	leastOutput = 512
)

var terminalSequence = regexp.MustCompile(`\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])`)

// clean makes text fit to be published: without terminal sequences, control
// characters and secrets. XML parsers reject control characters, even escaped
// ones. Sequences are removed first, because a colour may split a token.
func clean(text string) string {
	if strings.ContainsRune(text, '\x1b') {
		text = terminalSequence.ReplaceAllString(text, "")
	}
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	text = strings.Map(printable, strings.ToValidUTF8(text, "\uFFFD"))
	return gafaelfawr.Redact(text)
}

// printable also replaces characters that change the direction of writing,
// because they make a text look different from what it says.
func printable(r rune) rune {
	switch {
	case r == '\n', r == '\t':
		return r
	case unicode.IsControl(r), r == 0xFFFE, r == 0xFFFF, unicode.Is(unicode.Bidi_Control, r):
		return '\uFFFD'
	}
	return r
}

// cleanOutput returns the output of a test for reports: without go test's
// margin, and bounded.
func cleanOutput(text string) string {
	lines := strings.Split(strings.TrimLeft(strings.TrimRight(clean(text), "\n \t"), "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, "    ")
	}
	return Shorten(strings.Join(lines, "\n"), maxOutput)
}

// Shorten leaves out the middle, because the first lines name the failure and
// the last ones how it ended. The text must not contain secrets any more: a
// secret that is cut in two is no longer found.
func Shorten(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	half := limit / 2
	return strings.ToValidUTF8(text[:half], "") + "\n" + leftOut + "\n" + strings.ToValidUTF8(text[len(text)-half:], "")
}

// boundOutputs keeps a report of thousands of checks readable for CI services
// and browsers.
func (r *Run) boundOutputs() {
	var failed, others []*Check
	total := 0
	for _, c := range r.all() {
		total += len(c.Output)
		if c.Outcome == OutcomeFail || c.Outcome == OutcomeError {
			failed = append(failed, c)
		} else {
			others = append(others, c)
		}
	}
	if total <= maxOutputs {
		return
	}
	rest := maxOutputs
	for _, c := range others {
		c.Output = Shorten(c.Output, leastOutput)
		rest -= len(c.Output)
	}
	for _, c := range failed {
		c.Output = Shorten(c.Output, max(leastOutput, rest/len(failed)))
	}
}

// all returns the checks and their subtests.
func (r *Run) all() []*Check {
	var all []*Check
	for _, c := range r.Checks {
		all = append(append(all, c), c.Subtests...)
	}
	return all
}

// sentence returns text as a message of one line.
func sentence(text string) string {
	return gafaelfawr.ExcerptLine(text, maxMessage)
}

func names(checks []*Check) string {
	var all []string
	for i, c := range checks {
		if i == 10 {
			all = append(all, fmt.Sprintf("and %d more", len(checks)-i))
			break
		}
		all = append(all, c.Name)
	}
	return strings.Join(all, ", ")
}

// Count returns a number with its noun: "1 check", "2 checks".
func Count(n int, noun string) string {
	switch {
	case n == 1:
	case strings.HasSuffix(noun, "s"):
		noun += "es"
	default:
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}

var (
	panicLine = regexp.MustCompile(`(?m)^(?:panic|fatal error): .*$`)
	// location matches the prefix of t.Log.
	location = regexp.MustCompile(`^\S+\.go:\d+: ?`)
	// testifyError matches the part of testify's report that says what was wrong.
	testifyError = regexp.MustCompile(`(?s)\tError: +\t(.*?)(?:\n\s*\tTest: |\n\s*\tMessages: |$)`)
)

// failureMessage returns, in one line, what went wrong according to the output
// of a failed test, or "".
func failureMessage(output string) string {
	switch {
	case panicLine.MatchString(output):
		return sentence(panicLine.FindString(output))
	case testifyError.MatchString(output):
		return sentence(testifyError.FindStringSubmatch(output)[1])
	}
	for line := range strings.SplitSeq(output, "\n") {
		if line = location.ReplaceAllString(strings.TrimSpace(line), ""); line != "" {
			return sentence(line)
		}
	}
	return ""
}

// skipReason returns why a test was skipped: its last log line.
func skipReason(output string) string {
	lines := strings.Split(output, "\n")
	last := 0
	for i, line := range lines {
		if location.MatchString(line) {
			last = i
		}
	}
	if reason := sentence(location.ReplaceAllString(strings.Join(lines[last:], " "), "")); reason != "" {
		return reason
	}
	return "no reason was given"
}
