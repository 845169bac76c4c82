package verdict

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// What a Step can be.
const (
	// Launched is a test binary that was built and now runs.
	Launched = "launched"
	// Started is a check that began.
	Started = "started"
	// Paused is a check that waits for its turn, as one that runs in parallel
	// with others does until all have started.
	Paused = "paused"
	// Resumed is a check that goes on.
	Resumed = "resumed"
	// Ended is a check that came to its end.
	Ended = "ended"
	// Printed is a line that is no event, such as what go says when it cannot
	// build, or one that tells a person at once what the suite does.
	Printed = "printed"
)

// toPerson begins a line for the person who waits. Package testing turns stderr
// into stdout where events are wanted, so that such lines come as events.
const toPerson = "muster: "

// Step is one thing that happened in a run. Its texts are fit to be published.
type Step struct {
	Kind string
	// Name is the check's, Line what was Printed.
	Name, Line string
	// Check is what is known of one that Ended.
	Check *Check
}

// Watch decodes events until the end of r and calls watch for each step. Lines
// that are no events are kept: go prints plain text among the events when it
// cannot start. The stream is never nil: what could be read before an error is
// in it.
func Watch(r io.Reader, watch func(Step)) (*Stream, error) {
	s := NewStream()
	lines := bufio.NewReader(r)
	for {
		line, err := readLine(lines)
		if step, ok := s.addLine(line); ok {
			watch(step)
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return s, fmt.Errorf("cannot read the events to their end: %w", err)
		}
	}
	if s.events == 0 {
		return s, errNoEvents
	}
	return s, nil
}

func (s *Stream) addLine(line []byte) (Step, bool) {
	line = bytes.TrimSpace(line)
	if len(line) == 0 {
		return Step{}, false
	}
	var e event
	if err := json.Unmarshal(line, &e); err != nil || e.Action == "" {
		s.stray.WriteString(string(line) + "\n")
		return Step{Kind: Printed, Line: clean(string(line))}, true
	}
	s.add(e)
	return s.step(e)
}

var stepKinds = map[string]string{
	"run":   Started,
	"pause": Paused,
	"cont":  Resumed,
	"pass":  Ended,
	"fail":  Ended,
	"skip":  Ended,
}

// step is what an event, which was added, means to who watches.
func (s *Stream) step(e event) (Step, bool) {
	if e.Action == "start" {
		return Step{Kind: Launched}, true
	}
	if e.Action == "output" && strings.HasPrefix(e.Output, toPerson) {
		return Step{Kind: Printed, Line: clean(strings.TrimRight(e.Output, "\n"))}, true
	}
	kind := stepKinds[e.Action]
	if kind == "" || e.Test == "" || e.Package == "" || strings.Contains(e.Test, "/") {
		return Step{}, false
	}
	if kind != Ended {
		return Step{Kind: kind, Name: clean(e.Test)}, true
	}
	c := s.packageOf(e.Package).ended(e.Test)
	return Step{Kind: Ended, Name: c.Name, Check: c}, true
}

// ended is the check as it is known now. Where it says nothing itself its
// subtests do.
func (p *testPackage) ended(name string) *Check {
	c := p.testOf(name).check(p.name)
	if c.Outcome != OutcomeFail || c.Message != "" {
		return c
	}
	for _, t := range p.tests {
		if strings.HasPrefix(t.name, name+"/") {
			c.Subtests = append(c.Subtests, t.check(p.name))
		}
	}
	c.Message = c.messageOfSubtests(c.Subtests)
	return c
}
