package main

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"os"
	"strings"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// Bounds of GitHub: annotations of one kind for a step, and bytes of a summary,
// beyond which GitHub drops it.
const (
	maxAnnotations = 10
	maxStepSummary = 1 << 20
)

// actions writes for GitHub Actions, if the program runs there.
// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
type actions struct {
	console
	runs  bool
	token string
}

func newActions(c console) *actions {
	return &actions{console: c, runs: c.getenv("GITHUB_ACTIONS") == "true", token: rand.Text()}
}

// stopCommands and resumeCommands enclose the output of checks, because answers
// of a deployment in it must not command the workflow.
func (a *actions) stopCommands() {
	if a.runs {
		a.print("::stop-commands::%s\n", a.token)
	}
}

func (a *actions) resumeCommands() {
	if a.runs {
		a.print("::%s::\n", a.token)
	}
}

// publish annotates the run, and adds the Markdown to the step's summary.
func (a *actions) publish(r *verdict.Run, source string) error {
	if !a.runs {
		return nil
	}
	a.annotate("error", annotations(r))
	var advice []annotation
	for _, c := range r.With(verdict.OutcomeAdvice) {
		advice = append(advice, annotation{check: c.Name, title: "Known weakness: " + c.Name, text: c.Message})
	}
	a.annotate("notice", advice)
	path := a.getenv("GITHUB_STEP_SUMMARY")
	if path == "" {
		return nil
	}
	if err := appendSummary(path, r, source); err != nil {
		return fmt.Errorf("cannot add to the summary of the step: %w", err)
	}
	return nil
}

// annotation is one text that GitHub shows with a run. check is the check of
// its runbook section, if it is about one.
type annotation struct{ check, title, text string }

// annotations puts first what explains most, because GitHub shows only few.
func annotations(r *verdict.Run) []annotation {
	var all []annotation
	for _, p := range r.Problems {
		all = append(all, annotation{title: "The run is " + r.Verdict, text: p})
	}
	for _, d := range r.Diagnoses {
		all = append(all, annotation{title: "Cause", text: d.String()})
	}
	for _, c := range r.Leading() {
		title := c.Name
		if c.Security {
			title = "[security] " + title
		}
		all = append(all, annotation{check: c.Name, title: title, text: c.Message + "\n" + r.Rerun(c)})
	}
	return all
}

func (a *actions) annotate(kind string, all []annotation) {
	if len(all) > maxAnnotations {
		rest := fmt.Sprintf("%d more are in the summary of the step and in the reports.", len(all)-maxAnnotations+1)
		all = append(all[:maxAnnotations-1:maxAnnotations-1], annotation{title: "And more", text: rest})
	}
	for _, one := range all {
		properties := "title=" + escapeProperty(one.title)
		if one.check != "" {
			properties += ",file=" + runbookFile
			if line := runbookLine(one.check); line > 0 {
				properties += fmt.Sprintf(",line=%d", line)
			}
		}
		a.print("::%s %s::%s\n", kind, properties, escapeData(one.text))
	}
}

const runbookFile = "validation/RUNBOOK.md"

// runbookLine returns where the check's section begins, or 0 outside of a
// checkout.
func runbookLine(check string) int {
	text, err := os.ReadFile(runbookFile)
	if err != nil {
		return 0
	}
	before, _, found := bytes.Cut(text, []byte("\n## "+check+"\n"))
	if !found {
		return 0
	}
	return bytes.Count(before, []byte("\n")) + 2
}

func escapeData(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(text)
}

func escapeProperty(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(text)
}

// appendSummary appends to the step's summary. It only names reports that would
// make it too long.
func appendSummary(path string, r *verdict.Run, source string) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // a failed write says so itself
	info, err := file.Stat()
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if err := writeMarkdown(&text, publication{Run: r, source: source}); err != nil {
		return err
	}
	if info.Size()+int64(text.Len()) >= maxStepSummary {
		text.Reset()
		fmt.Fprintf(&text, "## Muster\n\n%s. The rest does not fit here: see report.md of the run's artifacts.\n",
			markdownText(r.Headline()))
	}
	_, err = file.Write(text.Bytes())
	return err
}
