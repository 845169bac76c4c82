package verdict

import "strings"

// Diagnosis is one cause that explains findings of several checks.
type Diagnosis struct {
	// Text names the cause and what to do.
	Text string `json:"text"`
	// Apart says how to tell causes apart that look the same from here.
	Apart string `json:"apart,omitempty"`
	// Seen are the findings from which it is read, Met the checks that had to be
	// met beside them.
	Seen []Evidence `json:"seen"`
	Met  []string   `json:"met,omitempty"`
	// Path and Object are what it is about, where it is about one.
	Path   string `json:"path,omitempty"`
	Object string `json:"object,omitempty"`
	// Explains are the failed checks that it explains, those of Seen among them.
	Explains []string `json:"explains,omitempty"`
}

// About is the object or the path that it is about, "" where it is about none.
func (d Diagnosis) About() string {
	if d.Object != "" {
		return d.Object
	}
	return d.Path
}

// Evidence is what one check found.
type Evidence struct {
	Check string `json:"check"`
	Found string `json:"found"`
}

// Cites reports whether the diagnosis is read from what the check found.
func (d Diagnosis) Cites(check string) bool {
	for _, e := range d.Seen {
		if e.Check == check {
			return true
		}
	}
	return false
}

// String is the cause with its evidence, for people, in one line.
func (d Diagnosis) String() string {
	seen := make([]string, len(d.Seen))
	for i, e := range d.Seen {
		seen[i] = e.Check + " (" + e.Found + ")"
	}
	text := d.Text
	if about := d.About(); about != "" && !strings.Contains(text, about) {
		text += " (" + about + ")"
	}
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
