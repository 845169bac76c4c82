package main

import (
	"encoding/xml"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jstemmer/go-junit-report/v2/gtr"
	"github.com/jstemmer/go-junit-report/v2/junit"
)

// The library's types lack properties of a test case, which CI services show
// and pytest and gotestsum write. A field here hides the one of the same name
// in XML that is embedded.
type (
	document struct {
		junit.Testsuites
		Suites []suiteXML `xml:"testsuite"`
	}
	suiteXML struct {
		junit.Testsuite
		Cases     []caseXML     `xml:"testcase"`
		SystemOut *junit.Output `xml:"system-out,omitempty"`
	}
	caseXML struct {
		Properties *[]junit.Property `xml:"properties>property,omitempty"`
		junit.Testcase
	}
)

// writeJUnit writes every test and subtest as a test case, and what failed
// outside of tests as a case "run" with an error: a service that reads only
// this file must not show a green run that is none.
func writeJUnit(w io.Writer, s *stream, r *Report) error {
	packages := s.reported()
	suites := junit.CreateFromReport(gtr.Report{Packages: gtrPackages(packages)}, "")
	doc := document{Testsuites: suites}
	doc.Time = strconv.FormatFloat(r.Seconds, 'f', 3, 64)
	for i, suite := range suites.Suites {
		doc.Suites = append(doc.Suites, suiteOf(suite, packages[i], r))
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	if err := encoder.Encode(doc); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// reported are the packages that have something to report, and one more for
// what is wrong with the stream as a whole.
func (s *stream) reported() []*testPackage {
	var some []*testPackage
	for _, p := range s.packages {
		if len(p.tests) > 0 || p.trouble != "" {
			some = append(some, p)
		}
	}
	if s.trouble != "" {
		some = append(some, &testPackage{name: "run", trouble: s.trouble, started: s.started})
	}
	return some
}

func gtrPackages(packages []*testPackage) []gtr.Package {
	var all []gtr.Package
	for _, p := range packages {
		g := gtr.Package{
			Name: clean(p.name), Timestamp: p.started,
			Duration: duration(p.seconds),
		}
		for i, t := range p.tests {
			g.Tests = append(g.Tests, gtrTest(i, t))
		}
		if p.trouble != "" {
			g.RunError = gtr.Error{Name: g.Name, Output: []string{p.trouble}}
		}
		all = append(all, g)
	}
	return all
}

func gtrTest(id int, t *test) gtr.Test {
	g := gtr.NewTest(id, t.judged.Name)
	g.Duration = duration(t.seconds)
	g.Level = strings.Count(t.name, "/")
	if t.judged.Output != "" {
		g.Output = strings.Split(t.judged.Output, "\n")
	}
	g.Result = map[string]gtr.Result{"pass": gtr.Pass, "fail": gtr.Fail, "skip": gtr.Skip}[t.result]
	return g
}

// suiteOf adds to the library's suite what it lacks: messages that say
// something, and properties.
func suiteOf(suite junit.Testsuite, p *testPackage, r *Report) suiteXML {
	for i := range suite.Testcases {
		c := &suite.Testcases[i]
		if i >= len(p.tests) {
			c.Name, c.Error.Message, c.Error.Type = "run", p.trouble, "run"
			continue
		}
		describeCase(c, p.tests[i].judged)
	}
	if text := cleanOutput(musterLine.ReplaceAllString(p.output.String(), "")); text != "" {
		suite.SystemOut = &junit.Output{Data: text}
	}
	for _, key := range slices.Sorted(maps.Keys(r.Facts)) {
		suite.AddProperty(key, r.Facts[key])
	}
	if r.Environment != "" {
		suite.AddProperty("environment", r.Environment)
		suite.AddProperty("verdict", r.Verdict)
	}
	out := suiteXML{Testsuite: suite, SystemOut: suite.SystemOut}
	for i, c := range suite.Testcases {
		one := caseXML{Testcase: c}
		if i < len(p.tests) {
			one.Properties = properties(p.tests[i].judged)
		}
		out.Cases = append(out.Cases, one)
	}
	return out
}

func describeCase(c *junit.Testcase, check *Check) {
	switch {
	case c.Failure != nil:
		c.Failure.Message, c.Failure.Type = check.Message, "failure"
	case c.Skipped != nil:
		c.Skipped.Message = check.Message
		if check.Outcome == outcomeBlocked {
			c.Skipped.Message = blockedMark + check.Message
		}
	case c.Error != nil:
		c.Error.Message, c.Error.Type = check.Message, "no result"
	}
}

func properties(c *Check) *[]junit.Property {
	if len(c.Attributes) == 0 {
		return nil
	}
	var all []junit.Property
	for _, key := range slices.Sorted(maps.Keys(c.Attributes)) {
		all = append(all, junit.Property{Name: key, Value: c.Attributes[key]})
	}
	return &all
}

func duration(s float64) time.Duration { return time.Duration(round(s) * float64(time.Second)) }
