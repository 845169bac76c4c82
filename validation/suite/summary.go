package suite

import (
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/validation/message"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// eventsWanted reports whether a program reads what this one prints: go test
// -json, the runner, scripts/verify. It is never so where a person reads it.
func eventsWanted() bool {
	return flag.Lookup("test.v").Value.String() == "test2json"
}

// publish prints the summary for people and, where it is wanted, the run for
// programs. It returns the exit code of the process.
func publish(w io.Writer, all *verdict.Run, url string, took time.Duration, leftovers []string) int {
	say(w, "\n%s of %s: %s in %s\n", strings.ToUpper(all.Verdict), url, all.CountsText(), took.Round(time.Millisecond))
	say(w, "  %s\n", facts(all))
	for _, d := range all.Diagnoses {
		say(w, "  CAUSE %s\n", d.String())
	}
	for _, c := range all.Failures() {
		say(w, "  FAIL %s: %s\n       found %s\n", c.Name, c.Obligation, firstLine(firstFound(c)))
	}
	if repeated := all.Facts[repeatedFact]; repeated != "" {
		say(w, "  SENT AGAIN %s\n", repeated)
	}
	for _, g := range all.Grouped(verdict.OutcomeBlocked) {
		say(w, "  NOT RUN (%d checks): %s\n", len(g.Checks), g.Reason)
	}
	for _, text := range leftovers {
		say(w, "  LEFT BEHIND %s\n", text)
	}
	if all.Verdict == verdict.Incomplete && len(all.With(verdict.OutcomeBlocked)) == 0 {
		say(w, "  INCOMPLETE %s\n", all.Problems[0])
	}
	for _, c := range all.With(verdict.OutcomeAdvice) {
		say(w, "  ADVICE %s: %s\n", c.Name, c.Message)
	}
	send(w, all)
	return verdict.ExitCode(all.Verdict)
}

// facts are what the run found out besides, in one line.
func facts(all *verdict.Run) string {
	parts := []string{fmt.Sprintf("environment %s, %d requests", all.Environment, all.Requests)}
	for _, key := range slices.Sorted(maps.Keys(all.Facts)) {
		if key != repeatedFact { // which has a line of its own
			parts = append(parts, key+" "+message.OneLine(all.Facts[key]))
		}
	}
	return strings.Join(parts, ", ")
}

// send writes the run for programs, where one reads.
func send(w io.Writer, all *verdict.Run) {
	if eventsWanted() {
		_, _ = io.WriteString(w, all.Line()+"\n") // Line redacts
	}
}

// refuse ends a run before its first check with one sentence.
func refuse(err error) int {
	say(os.Stderr, "muster: %v\n", err)
	refused := &verdict.Run{Schema: verdict.SchemaVersion, Problems: []string{err.Error()}, Requests: -1}
	refused.Judge(verdict.Incomplete)
	send(os.Stdout, refused)
	return verdict.ExitCode(refused.Verdict)
}

// firstFound is what a check that failed found first, as it found it.
func firstFound(c *verdict.Check) string {
	if len(c.Findings) == 0 {
		return c.Message
	}
	return c.Findings[0].Actual
}
