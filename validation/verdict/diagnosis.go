package verdict

import (
	"cmp"
	"strings"
)

// Diagnosis is one cause that explains findings of several checks.
type Diagnosis struct {
	// Text names the cause and the remedy.
	Text string `json:"text"`
	// Rule is the text before its arguments, such as {path}, got their values; empty
	// where it has none.
	Rule string `json:"rule,omitempty"`
	// Apart says how to tell causes apart that look the same from here.
	Apart string `json:"apart,omitempty"`
	// Seen are the findings that support the diagnosis. Met are the checks that
	// had to pass.
	Seen []Evidence `json:"seen"`
	Met  []string   `json:"met,omitempty"`
	// Path and Object are the subject of the diagnosis, if it has one.
	Path   string `json:"path,omitempty"`
	Object string `json:"object,omitempty"`
	// Explains are the failed checks that the diagnosis explains, including those
	// of Seen.
	Explains []string `json:"explains,omitempty"`
}

// About returns the object or path of the diagnosis, or "".
func (d Diagnosis) About() string {
	if d.Object != "" {
		return d.Object
	}
	return d.Path
}

// Key tells one cause from another, in all runs. Its arguments do not count, because
// they may be others in each run, but for a path that the environment declares.
func (d Diagnosis) Key() string {
	if d.Rule == "" {
		return d.Text
	}
	return strings.ReplaceAll(d.Rule, "{path}", cmp.Or(d.Path, "{path}"))
}

// Titled is the cause with what it is about.
func (d Diagnosis) Titled() string {
	if about := d.About(); about != "" && !strings.Contains(d.Text, about) {
		return d.Text + " (" + about + ")"
	}
	return d.Text
}

// Evidence is what one check found.
type Evidence struct {
	Check string `json:"check"`
	Found string `json:"found"`
}

// Cites reports whether a finding of the check supports the diagnosis.
func (d Diagnosis) Cites(check string) bool {
	for _, e := range d.Seen {
		if e.Check == check {
			return true
		}
	}
	return false
}

// String returns the cause with its evidence in one line.
func (d Diagnosis) String() string {
	seen := make([]string, len(d.Seen))
	for i, e := range d.Seen {
		seen[i] = e.Check + " (" + e.Found + ")"
	}
	text := d.Titled()
	if len(seen) > 0 {
		text += " Seen: " + strings.Join(seen, ", ")
	}
	if len(d.Met) > 0 {
		text += ", while " + strings.Join(d.Met, " and ") + " passed"
	}
	if len(seen)+len(d.Met) > 0 {
		text += "."
	}
	if d.Apart != "" {
		text += " " + d.Apart
	}
	return text
}
