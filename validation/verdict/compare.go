package verdict

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Comparison has the changes from one run to a later one, by the names of
// checks.
type Comparison struct {
	// Old is the title of the earlier run.
	Old string
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
		c.Old += ", " + old.Started.UTC().Format("2006-01-02 15:04 MST")
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
			c.Slower = append(
				c.Slower,
				fmt.Sprintf("%s: %s, before %s", check.Name, Duration(check.Seconds), Duration(was.Seconds)),
			)
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
}

// Lists returns the kinds of changes that occurred.
func (c *Comparison) Lists() []ChangedList {
	all := []ChangedList{
		{"Newly failed", c.NewlyRed}, {"Newly passed", c.NewlyGreen}, {"Changed facts", c.Facts},
		{"Slower", c.Slower},
	}
	return slices.DeleteFunc(all, func(l ChangedList) bool { return len(l.Items) == 0 })
}

// String returns the comparison for people.
func (c *Comparison) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Compared with %s:\n", c.Old)
	lists := c.Lists()
	if len(lists) == 0 {
		b.WriteString("  nothing changed\n")
	}
	for _, l := range lists {
		fmt.Fprintf(&b, "  %s:\n", l.Title)
		for _, item := range l.Items {
			fmt.Fprintf(&b, "    %s\n", item)
		}
	}
	return b.String()
}
