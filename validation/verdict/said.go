package verdict

import (
	"regexp"
	"strings"
)

// Said is what a check of the suite printed, taken apart.
type Said struct {
	Obligation, Advice, Cause, Runbook string
	// Findings in the order in which they were printed.
	Findings []saidFinding
	// Rest is what it printed besides.
	Rest string
}

// saidFinding is one thing that was not as it should be.
type saidFinding struct {
	Expected, Actual string
	// Request that showed it, and the findings in front of it that have none.
	Request string
}

// label begins a part of what a check prints, which goes on in indented lines.
var label = regexp.MustCompile(`^(obligation|advice|expected|actual|request|cause|runbook): *(.*)$`)

// Said takes apart what the check printed.
func (c *Check) Said() Said { return readSaid(c.Output) }

func readSaid(output string) Said {
	var s Said
	var rest []string
	var into *string // what an indented line goes on with; nil: the rest
	for line := range strings.SplitSeq(output, "\n") {
		if m := label.FindStringSubmatch(line); m != nil {
			if into = s.part(m[1]); into != nil {
				*into = strings.TrimSpace(m[2])
				continue
			}
		} else if into != nil && strings.HasPrefix(line, "  ") {
			*into += " " + strings.TrimSpace(line)
			continue
		}
		into = nil
		rest = append(rest, line)
	}
	s.Rest = strings.TrimSpace(strings.Join(rest, "\n"))
	return s
}

// part is where a text with that label belongs; nil if it belongs to nothing, or
// is there already.
func (s *Said) part(label string) *string {
	switch label {
	case "expected":
		s.Findings = append(s.Findings, saidFinding{})
		return &s.Findings[len(s.Findings)-1].Expected
	case "actual":
		if len(s.Findings) == 0 || s.Findings[len(s.Findings)-1].Actual != "" {
			s.Findings = append(s.Findings, saidFinding{})
		}
		return &s.Findings[len(s.Findings)-1].Actual
	case "request":
		if len(s.Findings) == 0 {
			return nil
		}
		return unlessSet(&s.Findings[len(s.Findings)-1].Request)
	case "obligation":
		return unlessSet(&s.Obligation)
	case "advice":
		return unlessSet(&s.Advice)
	case "cause":
		return unlessSet(&s.Cause)
	default:
		return unlessSet(&s.Runbook)
	}
}

func unlessSet(text *string) *string {
	if *text != "" {
		return nil
	}
	return text
}
