package verdict

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lsst-sqre/muster/validation/message"
)

// Comparison has the changes from one run to a later one, by the names of
// checks.
type Comparison struct {
	// Old is the title of the earlier run, and Since when it began, or "".
	Old, Since string
	// NewlyRed names checks that failed or have no result, and that passed or did
	// not run before. NewlyGreen names checks that passed and failed before.
	NewlyRed, NewlyGreen []string
	// Facts are changed facts, such as versions and certificates. Slower are
	// checks that took more than twice as long. Each is a sentence.
	Facts, Slower []string
}

// Slower ignores checks that take less than leastSlow seconds.
const leastSlow = 0.5

// CompareWith returns the changes since the run old.
func (r *Run) CompareWith(old *Run) *Comparison {
	c := &Comparison{Old: old.Title()}
	if !old.Started.IsZero() {
		c.Since = old.Started.UTC().Format("2006-01-02 15:04 MST")
		c.Old += ", " + c.Since
	}
	before := map[string]*Check{}
	for _, check := range old.Checks {
		before[check.Name] = check
	}
	for _, check := range r.Checks {
		was := before[check.Name]
		switch {
		case check.red() && (was == nil || !was.red()):
			c.NewlyRed = append(c.NewlyRed, check.Name)
		case check.green() && was != nil && was.red():
			c.NewlyGreen = append(c.NewlyGreen, check.Name)
		}
		if was != nil && check.green() && was.green() && check.Seconds > max(2*was.Seconds, leastSlow) {
			c.Slower = append(c.Slower,
				fmt.Sprintf("%s: %s, before %s", check.Name, Duration(check.Seconds), Duration(was.Seconds)))
		}
	}
	c.Facts = changedFacts(old, r)
	slices.Sort(c.NewlyRed)
	slices.Sort(c.NewlyGreen)
	slices.Sort(c.Slower)
	return c
}

func (c *Check) red() bool { return c.Outcome == OutcomeFail || c.Outcome == OutcomeError }

func (c *Check) green() bool { return c.Outcome == OutcomePass || c.Outcome == OutcomeAdvice }

func changedFacts(old, now *Run) []string {
	facts := func(r *Run) map[string]string {
		all := maps.Clone(r.Facts)
		if all == nil {
			all = map[string]string{}
		}
		all["suite"], all["url"] = r.Version, r.URL
		return all
	}
	was, is := facts(old), facts(now)
	keys := maps.Clone(was)
	maps.Copy(keys, is)
	var all []string
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if was[key] != is[key] {
			all = append(all, fmt.Sprintf("%s: %s, before %s", key, cmp.Or(is[key], "none"), cmp.Or(was[key], "none")))
		}
	}
	return all
}

// ChangedList is one kind of change.
type ChangedList struct {
	Title string
	Items []string
	// names says that the items are names, and no sentences.
	names bool
}

// Lists returns the kinds of changes that occurred.
func (c *Comparison) Lists() []ChangedList {
	all := []ChangedList{
		{"Newly failed", c.NewlyRed, true}, {"Newly passed", c.NewlyGreen, true}, {"Changed facts", c.Facts, false},
		{"Slower", c.Slower, false},
	}
	return slices.DeleteFunc(all, func(l ChangedList) bool { return len(l.Items) == 0 })
}

// textWidth is the width of a comparison for people, in columns.
const textWidth = 80

// String returns the comparison for people.
func (c *Comparison) String() string {
	lines := message.Fold(textWidth, "", "  ", "Compared with "+c.Old+":")
	lists := c.Lists()
	if len(lists) == 0 {
		lines = append(lines, "  nothing changed")
	}
	for _, l := range lists {
		lines = append(lines, fmt.Sprintf("  %s (%d):", l.Title, len(l.Items)))
		items := l.Items
		if l.names {
			items = []string{strings.Join(items, ", ")}
		}
		for _, item := range items {
			lines = append(lines, message.Fold(textWidth, "    ", "      ", item)...)
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

// Line says how much changed.
func (c *Comparison) Line() string {
	var parts []string
	for _, l := range c.Lists() {
		parts = append(parts, fmt.Sprintf("%s %d", strings.ToLower(l.Title), len(l.Items)))
	}
	return "Since " + cmp.Or(c.Since, "the other run") + ": " + cmp.Or(strings.Join(parts, ", "), "nothing changed")
}
