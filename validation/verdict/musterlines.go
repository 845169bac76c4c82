package verdict

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// musterLine is what the suite's TestMain says to this program.
var musterLine = regexp.MustCompile(`(?m)^muster: ([a-z][a-z0-9_-]*)=(.*)(?:\n|$)`)

func withoutMusterLines(text string) string {
	if !strings.Contains(text, "muster: ") {
		return text // most have none, and the pattern is slow
	}
	return musterLine.ReplaceAllString(text, "")
}

// readMusterLines takes over what TestMain said, and returns its verdict and
// the reason for it.
func (r *Run) readMusterLines(p *testPackage) (verdict, reason string) {
	texts := []string{p.output.String()}
	for _, t := range p.tests {
		// An interrupted run says these lines while a test is still named.
		texts = append(texts, t.output.String())
	}
	texts = slices.DeleteFunc(texts, func(text string) bool { return !strings.Contains(text, "muster: ") })
	for _, m := range musterLine.FindAllStringSubmatch(clean(strings.Join(texts, "\n")), -1) {
		switch key, value := m[1], strings.TrimSpace(m[2]); key {
		case "verdict":
			verdict = worseVerdict(verdict, value)
		case "environment":
			r.Environment = value
		case "arguments":
			r.Arguments = value
		case "requests":
			if n, err := strconv.Atoi(value); err == nil && n >= 0 {
				r.Requests = n
			}
		case "advice":
			r.Advice = append(r.Advice, value)
		case "diagnosis":
			r.Diagnoses = append(r.Diagnoses, value)
		case "failures":
			r.listed = append(r.listed, strings.Fields(value)...)
		case "error":
			reason = sentence(value)
		default:
			r.Facts[key] = value
		}
	}
	return verdict, reason
}
