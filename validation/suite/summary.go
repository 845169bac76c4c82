package suite

import (
	"flag"
	"io"
	"os"

	"github.com/lsst-sqre/muster/validation/message"
	"github.com/lsst-sqre/muster/validation/summary"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// eventsWanted reports whether a program reads the output: go test -json, the
// runner, scripts/verify. It is false if a person reads it.
func eventsWanted() bool {
	return flag.Lookup("test.v").Value.String() == "test2json"
}

// isVerbose reports whether go test shows output at once.
func isVerbose() bool { return flag.Lookup("test.v").Value.String() != "false" }

// publish prints the summary for people and, if a program reads, the run for
// it. It returns the exit code of the process.
func publish(w io.Writer, all *verdict.Run) int {
	o := summary.Options{More: summary.NextSteps(all), Details: "the output above, or make validate, which writes reports"}
	if o.Height = summary.Unbounded; !eventsWanted() {
		o.Width, o.Height = summary.Reader(os.Getenv)
	}
	message.Say(w, "%s", message.Lines(summary.Text(all, o)))
	send(w, all)
	return verdict.ExitCode(all.Verdict)
}

// send writes the run for a program, if one reads the output.
func send(w io.Writer, all *verdict.Run) {
	if eventsWanted() {
		_, _ = io.WriteString(w, all.Line()+"\n") // Line redacts
	}
}

// complain prints a sentence for the person who started the run. A program gets
// it in one line.
func complain(sentence string) {
	if eventsWanted() {
		message.Say(os.Stderr, "%s\n", sentence)
		return
	}
	message.Say(os.Stderr, "%s", message.Lines(summary.Sentence(os.Getenv, sentence)))
}

// refuse ends a run before its first check with one sentence.
func refuse(err error) int {
	complain("muster: " + err.Error())
	refused := &verdict.Run{Schema: verdict.SchemaVersion, Problems: []string{err.Error()}, Requests: -1}
	refused.Judge(verdict.Incomplete)
	send(os.Stdout, refused)
	return verdict.ExitCode(refused.Verdict)
}
