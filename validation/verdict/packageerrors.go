package verdict

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// problem returns why the package as a whole failed, or "".
func (s *Stream) problem(p *testPackage) string {
	hasFailure := slices.ContainsFunc(p.tests, func(t *test) bool { return t.result == "fail" })
	switch {
	case p.failedBuild != "":
		return "the tests do not build: " + sentence(firstLine(clean(s.buildOf(p.failedBuild).String())))
	case p.run.run != nil && len(p.run.run.Problems) > 0:
		return sentence(p.run.run.Problems[0])
	case p.result == "":
		return "the event stream of " + filepath.Base(
			clean(p.name),
		) + " has no end: the run was killed, or its output was cut off"
	case p.killed() != "":
		return "the run was killed (" + p.killed() + "): what it had not cleaned up is left, and checks that had " +
			"not started are not listed"
	case p.result == "fail" && !hasFailure:
		return sentence(firstLine(clean(p.output.String())))
	}
	return ""
}

// wasKilled matches go's line about a test binary that a signal ended.
var wasKilled = regexp.MustCompile(`(?m)^signal: \w.*$`)

// killed returns go's word for the signal, or "". The events attribute it to a
// running test, if there is one.
func (p *testPackage) killed() string {
	texts := []string{p.output.String()}
	for _, t := range p.tests {
		if t.result == "" {
			texts = append(texts, t.output.String())
		}
	}
	return sentence(clean(wasKilled.FindString(strings.Join(texts, "\n"))))
}

// firstLine skips lines that only name a package or a program.
func firstLine(output string) string {
	for line := range strings.SplitSeq(output, "\n") {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "# ") {
			return line
		}
	}
	return "it ended without a reason"
}

var (
	timedOut     = regexp.MustCompile(`(?m)^panic: (test timed out after \S+)\n\trunning tests:\n((?:\t\t.*\n)+)`)
	runningTests = regexp.MustCompile(`(?m)^\t\t(\S+) \(`)
)

// judgeTimeout fails the tests that were running at go test's deadline. The
// events give them no result, and attribute the panic to any test.
func (p *testPackage) judgeTimeout() {
	texts := []string{p.output.String()}
	for _, t := range p.tests {
		texts = append(texts, t.output.String())
	}
	for _, text := range texts {
		if !strings.Contains(text, "panic: test timed out") {
			continue
		}
		m := timedOut.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		for _, running := range runningTests.FindAllStringSubmatch(m[2], -1) {
			if t := p.byName[running[1]]; t != nil && t.result == "" {
				t.result, t.atTimeout = "fail", "still at work when the "+clean(m[1])
			}
		}
	}
}
