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

// Kinds of Step.
const (
	// Launched: a test binary was built and now runs.
	Launched = "launched"
	// Started: a check began.
	Started = "started"
	// Paused: a check waits until all checks have started, because it runs in
	// parallel.
	Paused = "paused"
	// Resumed: a check goes on.
	Resumed = "resumed"
	// Ended: a check came to its end.
	Ended = "ended"
	// Printed: a line that is no event, such as go's output if it cannot build,
	// or a line that tells a person at once what the suite does.
	Printed = "printed"
)

// toPerson begins a line for the waiting person. Package testing redirects
// stderr to stdout if events are wanted, so such lines come as events.
const toPerson = "muster: "

// Step is one event of a run. Its texts may be published.
type Step struct {
	Kind string
	// Name is the check's name, Line the Printed line.
	Name, Line string
	// Check is the state of a check that Ended.
	Check *Check
}

// Watch decodes events until the end of r and calls watch for each step. It
// keeps lines that are no events, because go prints plain text among the events
// if it cannot start. The stream is never nil: it has what could be read before
// an error.
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
		s.nonEvents.WriteString(string(line) + "\n")
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

// step translates an event, which was added, for the watcher.
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

// ended returns the check as it is known now. If it reported nothing itself,
// its subtests do.
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
