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

	"github.com/lsst-sqre/muster/validation/verdict"
)

// The library's types lack properties of a test case, which CI services show
// and pytest and gotestsum write. Jenkins's schema does not have them. A field
// hides the embedded field of the same name in XML.
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

// writeJUnit writes every test and subtest as a test case. It writes failures
// outside of tests as a case "run" with an error, because a service that reads
// only this file must not show a failed run as green.
func writeJUnit(w io.Writer, r *verdict.Run) error {
	suites := junit.CreateFromReport(gtr.Report{Packages: gtrPackages(r.Suites)}, "")
	doc := document{Testsuites: suites}
	doc.Skipped = 0 // left out, because the schema has it only for a suite
	doc.Time = strconv.FormatFloat(r.Seconds, 'f', 3, 64)
	for i, suite := range suites.Suites {
		doc.Suites = append(doc.Suites, suiteOf(suite, r.Suites[i], r))
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

func gtrPackages(suites []*verdict.Suite) []gtr.Package {
	var all []gtr.Package
	for _, s := range suites {
		g := gtr.Package{Name: s.Name, Timestamp: s.Started, Duration: duration(s.Seconds)}
		for i, c := range s.Tests {
			g.Tests = append(g.Tests, gtrTest(i, c))
		}
		if s.Error != "" {
			g.RunError = gtr.Error{Name: g.Name, Output: []string{s.Error}}
		}
		all = append(all, g)
	}
	return all
}

func gtrTest(id int, c *verdict.Check) gtr.Test {
	g := gtr.NewTest(id, c.Name)
	g.Duration = duration(c.Seconds)
	g.Level = strings.Count(c.Name, "/")
	if c.Output != "" {
		g.Output = strings.Split(c.Output, "\n")
	}
	g.Result = map[string]gtr.Result{
		verdict.OutcomePass: gtr.Pass, verdict.OutcomeAdvice: gtr.Pass, verdict.OutcomeFail: gtr.Fail,
		verdict.OutcomeSkip: gtr.Skip, verdict.OutcomeBlocked: gtr.Skip,
	}[c.Outcome]
	return g
}

// suiteOf adds useful messages and properties to the library's suite.
func suiteOf(suite junit.Testsuite, s *verdict.Suite, r *verdict.Run) suiteXML {
	for i := range suite.Testcases {
		c := &suite.Testcases[i]
		if i >= len(s.Tests) {
			c.Name, c.Error.Message, c.Error.Type = "run", s.Error, "run"
			continue
		}
		describeCase(c, s.Tests[i], r)
	}
	if s.Output != "" {
		suite.SystemOut = &junit.Output{Data: s.Output}
	}
	for _, key := range slices.Sorted(maps.Keys(r.Facts)) {
		suite.AddProperty(key, r.Facts[key])
	}
	if r.Environment != "" {
		suite.AddProperty("environment", r.Environment)
		suite.AddProperty("verdict", r.Verdict)
	}
	for _, p := range []junit.Property{{Name: "url", Value: r.URL}, {Name: "suite", Value: r.Version}} {
		if p.Value != "" {
			suite.AddProperty(p.Name, p.Value)
		}
	}
	out := suiteXML{Testsuite: suite, SystemOut: suite.SystemOut}
	for i, c := range suite.Testcases {
		one := caseXML{Testcase: c}
		if i < len(s.Tests) {
			one.Properties = properties(s.Tests[i], r)
		}
		out.Cases = append(out.Cases, one)
	}
	return out
}

// describeCase makes consumers show a tree with a branch for each area. It puts
// the cause first, because consumers show a message and the beginning of a
// text.
func describeCase(c *junit.Testcase, check *verdict.Check, r *verdict.Run) {
	if check.Area != "" {
		c.Classname = check.Area
	}
	switch {
	case c.Failure != nil:
		c.Failure.Message, c.Failure.Type = check.Message, "failure"
		if d := r.ExplainedBy(check); d != nil {
			c.Failure.Message = "Cause: " + d.Text + " Here: " + check.Found()
			c.Failure.Data = "CAUSE " + d.String() + "\n\n" + c.Failure.Data
		}
	case c.Skipped != nil:
		c.Skipped.Message = check.Message
		if check.Outcome == verdict.OutcomeBlocked {
			c.Skipped.Message = "not run: " + check.Message
		}
	case c.Error != nil:
		c.Error.Message, c.Error.Type = check.Message, "no result"
	}
}

func properties(c *verdict.Check, r *verdict.Run) *[]junit.Property {
	all := map[string]string{}
	maps.Copy(all, c.Attributes)
	maps.Copy(
		all,
		map[string]string{
			"obligation":      c.Obligation,
			"possible-causes": c.Cause,
			"runbook":         c.Runbook,
			"evidence":        c.Evidence,
			"advice":          c.Advice,
		},
	)
	if d := r.ExplainedBy(c); d != nil && c.Outcome == verdict.OutcomeFail {
		all["cause"] = d.String()
		delete(all, "possible-causes")
	}
	if c.Security {
		all["severity"] = "security"
	}
	var list []junit.Property
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if all[key] != "" {
			list = append(list, junit.Property{Name: key, Value: all[key]})
		}
	}
	if list == nil {
		return nil
	}
	return &list
}

func duration(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
