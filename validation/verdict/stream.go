package verdict

import (
	"errors"
	"io"
	"strings"
	"time"
)

// event is one line of the stream: an event of test2json, or of the build
// (`go help buildjson`). Attributes and artifacts have members of their own.
type event struct {
	Time        time.Time
	Action      string
	Package     string
	ImportPath  string
	Test        string
	Elapsed     float64
	Output      string
	FailedBuild string
	Key, Value  string
	Path        string
}

// Stream holds the events of one go test command, not yet judged. Its texts are
// as the tests wrote them; those of its Run may be published.
type Stream struct {
	packages []*testPackage
	// builds has the compiler's output by import path.
	builds map[string]*transcript
	// nonEvents has lines that are no events, such as what go itself prints.
	nonEvents     transcript
	taken         budget
	events        int
	started, last time.Time
	byName        map[string]*testPackage
}

// testPackage is one test binary. Without a result, its end is not in the
// stream.
type testPackage struct {
	name        string
	result      string
	seconds     float64
	started     time.Time
	failedBuild string
	output      transcript
	tests       []*test
	byName      map[string]*test
	run         runLine
}

// test is one test function or subtest. Without a result, it did not end.
type test struct {
	name      string
	result    string
	seconds   float64
	output    transcript
	attrs     []attr
	artifacts []string
	wire      wire
	// framing says that the current line is go test's own.
	framing bool
	// atTimeout is set by judgeTimeout if the test was running at go test's
	// deadline.
	atTimeout string
}

type attr struct{ key, value string }

var errNoEvents = errors.New("the stream has no event of go test: was the output of `go test -json` given?")

// NewStream returns an empty stream.
func NewStream() *Stream {
	s := &Stream{builds: map[string]*transcript{}, byName: map[string]*testPackage{}}
	s.nonEvents = transcript{budget: &s.taken, limit: packageTranscript}
	return s
}

// Change says that a check started or ended.
type Change struct {
	Name string `json:"name"`
	// Outcome is empty if the check started.
	Outcome string  `json:"outcome,omitempty"`
	Seconds float64 `json:"seconds"`
	Message string  `json:"message,omitempty"`
}

// Read decodes events until the end of r. It calls follow, unless that is nil,
// for each check that starts or ends. It returns the errors of Watch.
func Read(r io.Reader, follow func(Change)) (*Stream, error) {
	return Watch(r, func(step Step) {
		switch {
		case follow == nil:
		case step.Kind == Started:
			follow(Change{Name: step.Name})
		case step.Kind == Ended:
			follow(
				Change{Name: step.Name, Outcome: step.Check.Outcome, Seconds: step.Check.Seconds, Message: step.Check.Message},
			)
		}
	})
}

func (s *Stream) add(e event) {
	s.events++
	if !e.Time.IsZero() {
		if s.started.IsZero() {
			s.started = e.Time
		}
		s.last = e.Time
	}
	switch {
	case strings.HasPrefix(e.Action, "build-"):
		s.buildOf(e.ImportPath).WriteString(e.Output)
	case e.Package == "":
		// An event of an unknown kind without a subject is ignored.
	case e.Test == "":
		s.packageOf(e.Package).add(e)
	default:
		s.packageOf(e.Package).addTest(e)
	}
}

// buildOf returns the compiler's output for an import path, which may be empty.
func (s *Stream) buildOf(path string) *transcript {
	t := s.builds[path]
	if t == nil {
		t = &transcript{budget: &s.taken, limit: testTranscript}
		s.builds[path] = t
	}
	return t
}

func (s *Stream) packageOf(name string) *testPackage {
	p := s.byName[name]
	if p == nil {
		p = &testPackage{
			name:   name,
			byName: map[string]*test{},
			output: transcript{budget: &s.taken, limit: packageTranscript},
		}
		s.byName[name] = p
		s.packages = append(s.packages, p)
	}
	return p
}

func (p *testPackage) testOf(name string) *test {
	t := p.byName[name]
	if t == nil && len(p.tests) >= maxTests {
		name = otherTests
		t = p.byName[name]
	}
	if t == nil {
		t = &test{name: name, output: transcript{budget: p.output.budget, limit: testTranscript}}
		p.byName[name] = t
		p.tests = append(p.tests, t)
	}
	return t
}

func (p *testPackage) add(e event) {
	switch e.Action {
	case "start":
		p.started = e.Time
	case "output":
		if !isPackageFraming(e.Output) {
			p.output.WriteString(p.run.take(e.Output))
		}
	case "pass", "fail", "skip":
		p.result = worse(p.result, e.Action)
		p.seconds += e.Elapsed
		p.failedBuild = e.FailedBuild
	}
}

// addTest gives the event to its test. Output after the end of a test does not
// belong to it: go test attributes a time-out, the panic of another goroutine
// and the output of TestMain to the test that was named last.
func (p *testPackage) addTest(e event) {
	t := p.testOf(e.Test)
	if e.Action == "output" {
		e.Output = p.run.take(e.Output)
	}
	if e.Action == "output" && t.result != "" && !isTestFraming(e.Output) {
		p.output.WriteString(e.Output)
		return
	}
	t.add(e)
}

func (t *test) add(e event) {
	switch e.Action {
	case "output":
		t.addOutput(e.Output)
	case "attr":
		if !t.wire.take(e.Key, e.Value) && len(t.attrs) < maxAttributes {
			t.attrs = append(t.attrs, attr{e.Key, e.Value})
		}
	case "artifacts":
		if len(t.artifacts) < maxAttributes {
			t.artifacts = append(t.artifacts, e.Path)
		}
	case "pass", "fail", "skip":
		t.result = worse(t.result, e.Action)
		t.seconds += e.Elapsed
	case "bench":
		t.result = worse(t.result, "pass")
	}
}

// addOutput drops go test's own framing. The framing comes as an event of its
// own, also after output without a line end. A long line of it comes as several
// events.
func (t *test) addOutput(output string) {
	switch {
	case t.framing:
		t.framing = !strings.HasSuffix(output, "\n")
	case isTestFraming(output):
		t.output.endLine()
		t.framing = !strings.HasSuffix(output, "\n")
	default:
		t.output.WriteString(output)
	}
}

// worse joins two results of a test that ran twice, as with -count=2.
func worse(a, b string) string {
	rank := map[string]int{"": 0, "skip": 1, "pass": 2, "fail": 3}
	if rank[a] > rank[b] {
		return a
	}
	return b
}

func isTestFraming(line string) bool {
	for _, prefix := range []string{
		"=== RUN   ", "=== PAUSE ", "=== CONT  ", "=== NAME  ", "=== ATTR  ", "=== ARTIFACTS ",
		"--- PASS: ", "--- FAIL: ", "--- SKIP: ", "--- BENCH: ",
	} {
		if strings.HasPrefix(line, prefix) {
			return true
		}
	}
	return false
}

func isPackageFraming(line string) bool {
	switch strings.TrimRight(line, "\n") {
	case "PASS", "FAIL", "testing: warning: no tests to run":
		return true
	}
	return strings.HasPrefix(line, "ok  \t") || strings.HasPrefix(line, "FAIL\t") || strings.HasPrefix(line, "?   \t")
}
