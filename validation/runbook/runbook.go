// Package runbook reads the runbook, which has a section for each check.
package runbook

import "strings"

// Section returns the section about the check without its heading, or "".
func Section(runbook, check string) string {
	_, rest, ok := strings.Cut("\n"+runbook, "\n## "+check+"\n")
	if !ok {
		return ""
	}
	for _, next := range []string{"\n## ", "\n# "} {
		rest, _, _ = strings.Cut(rest, next)
	}
	return strings.TrimSpace(rest)
}

// Checks returns the checks that have a section, in its order.
func Checks(runbook string) []string {
	var all []string
	for line := range strings.Lines(runbook) {
		if name, ok := strings.CutPrefix(line, "## Test"); ok {
			all = append(all, "Test"+strings.TrimSpace(name))
		}
	}
	return all
}
