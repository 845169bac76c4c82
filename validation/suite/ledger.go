package suite

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// Outcomes of a check. blocked checks should have run and could not; skipped
// ones do not apply to the environment.
const (
	passed  = "pass"
	failed  = "fail"
	skipped = "skip"
	blocked = "blocked"
	advised = "advice"
)

// entry is one check in the ledger.
type entry struct {
	test, outcome, obligation string
	// detail is the reason, or the first thing found; found are all.
	detail string
	found  []sight
	// security tells that somebody was let in, or something let out: such
	// failures come first.
	security bool
}

// ledger keeps the outcomes of all checks of a run, for the verdict.
type ledger struct {
	mu      sync.Mutex
	started int
	entries []entry
	// notes are facts about the deployment that a report should carry, such as
	// the versions found.
	notes map[string]string
	// cutShort is why checks did not come to their end, "" if all did.
	cutShort string
	// left is what checks made and could not remove, a sentence each.
	left []string
}

func newLedger() *ledger { return &ledger{notes: map[string]string{}} }

func (l *ledger) note(key, value string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.notes[key] = value
}

func (l *ledger) cut(why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cutShort = why
}

func (l *ledger) leave(behind string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.left = append(l.left, behind)
}

func (l *ledger) start() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.started++
}

func (l *ledger) add(e entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = append(l.entries, e)
}

func (l *ledger) with(outcome string) []entry {
	var some []entry
	for _, e := range l.entries {
		if e.outcome == outcome {
			some = append(some, e)
		}
	}
	slices.SortFunc(some, func(a, b entry) int { return strings.Compare(a.test, b.test) })
	return some
}

// failures are the checks that failed in the order in which a reader should see
// them: holes first, then what the causes are read from, then the rest.
func (l *ledger) failures(causes []explanation) []entry {
	var cited []string
	for _, c := range causes {
		cited = append(cited, c.cites...)
	}
	rank := func(e entry) (int, int) {
		at := slices.Index(cited, e.test)
		if at < 0 {
			at = len(cited)
		}
		return number01(!e.security), at
	}
	all := l.with(failed)
	slices.SortStableFunc(all, func(a, b entry) int {
		holeA, citedA := rank(a)
		holeB, citedB := rank(b)
		return cmp.Or(holeA-holeB, citedA-citedB)
	})
	return all
}

// summary is what the last lines of a run are made of.
type summary struct {
	run      *run
	code     int      // of testing
	problems []string // of the clean-up
	took     time.Duration
}

// report prints the summary and returns the exit code of the process. Lines
// that begin with "muster: " and a key are read by validation/report.
func (l *ledger) report(w io.Writer, s summary) int {
	if repeated := s.run.client.Retries.String(); repeated != "" {
		l.note("repeated", repeated)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	causes := diagnose(l.entries)
	failures := l.failures(causes)
	verdict, code, why := l.verdict(s)
	say(w, "\nmuster: verdict=%s\nmuster: environment=%s\nmuster: arguments=%s\nmuster: requests=%d\n",
		verdict, s.run.env.Name, arguments(flag.CommandLine), s.run.client.Requests())
	for _, key := range slices.Sorted(maps.Keys(l.notes)) {
		say(w, "muster: %s=%s\n", key, l.notes[key])
	}
	if why != "" {
		say(w, "muster: error=%s\n", why)
	}
	for _, e := range l.with(advised) {
		say(w, "muster: advice=%s: %s Not so in %s.\n", e.test, e.obligation, e.detail)
	}
	for _, c := range causes {
		say(w, "muster: diagnosis=%s\n", c.text)
	}
	if len(failures) > 0 {
		say(w, "muster: failures=%s\n", strings.Join(names(failures), " "))
	}
	say(w, "\n%s of %s: %s in %s\n", strings.ToUpper(verdict), s.run.env.URL, l.counts(), s.took.Round(time.Millisecond))
	l.summarize(w, s, causes, failures)
	return code
}

// summarize is what a person reads below the verdict.
func (l *ledger) summarize(w io.Writer, s summary, causes []explanation, failures []entry) {
	for _, c := range causes {
		say(w, "  CAUSE %s\n", c.text)
	}
	for _, e := range failures {
		say(w, "  FAIL %s: %s\n       found %s\n", e.test, e.obligation, e.detail)
	}
	if repeated := s.run.client.Retries.String(); repeated != "" {
		say(w, "  SENT AGAIN %s\n", repeated)
	}
	reasons := grouped(l.with(blocked))
	for _, reason := range slices.Sorted(maps.Keys(reasons)) {
		say(w, "  NOT RUN (%d checks): %s\n", len(reasons[reason]), reason)
	}
	for _, p := range s.problems {
		say(w, "  LEFT BEHIND %s\n", p)
	}
}

// verdict is incomplete when something that many checks need is missing: the
// run then says little about the deployment, whatever else failed.
func (l *ledger) verdict(s summary) (verdict string, code int, why string) {
	stopped := l.with(blocked)
	switch {
	case l.started == 0:
		return "incomplete", exitIncomplete, nothingRan()
	case len(stopped) > 0:
		return "incomplete", exitIncomplete, stopped[0].detail
	case l.cutShort != "":
		return "incomplete", exitIncomplete, l.cutShort
	case len(l.with(failed)) > 0 || s.code != 0:
		return "fail", exitFail, ""
	case len(s.problems) > 0:
		return "fail", exitFail, s.problems[0]
	case len(l.with(passed))+len(l.with(advised)) == 0:
		return "incomplete", exitIncomplete, "every check that was chosen was skipped: nothing was verified"
	}
	return "pass", 0, ""
}

func nothingRan() string {
	if pattern := flag.Lookup("test.run").Value.String(); pattern != "" {
		return fmt.Sprintf("no check matches -run %s; go test ./validation -list . shows their names", pattern)
	}
	return "no check ran"
}

func (l *ledger) counts() string {
	var parts []string
	for _, o := range []struct{ outcome, word string }{
		{passed, "met"}, {failed, "failed"}, {advised, "advice"}, {skipped, "skipped"}, {blocked, "not run"},
	} {
		if n := len(l.with(o.outcome)); n > 0 || o.outcome == passed {
			parts = append(parts, fmt.Sprintf("%d %s", n, o.word))
		}
	}
	return strings.Join(parts, ", ")
}

func names(entries []entry) []string {
	var all []string
	for _, e := range entries {
		all = append(all, e.test)
	}
	return all
}

func grouped(entries []entry) map[string][]string {
	groups := map[string][]string{}
	for _, e := range entries {
		groups[e.detail] = append(groups[e.detail], e.test)
	}
	return groups
}

func number01(b bool) int {
	if b {
		return 1
	}
	return 0
}
