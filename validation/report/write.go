package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/lsst-sqre/muster/muster/daemon"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// reportFiles names all reports, for the line that says where they are.
const reportFiles = "report.html,report.md,report.json,junit.xml"

// publication is a run with the other contents of reports.
type publication struct {
	*verdict.Run
	// source is where the runbook can be read; runbook is its text.
	source, runbook string
	// Changes since another run, or nil without one.
	Changes *verdict.Comparison
}

// writeAll writes as many reports as it can and returns the first error.
func writeAll(dir string, d publication) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("cannot make the directory of the reports: %w", err)
	}
	var failed error
	for _, file := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{"junit.xml", func(w io.Writer) error { return writeJUnit(w, d.Run) }},
		{"report.json", func(w io.Writer) error { return writeJSON(w, d.Run) }},
		{"report.html", func(w io.Writer) error { return writeHTML(w, d) }},
		{"report.md", func(w io.Writer) error { return writeMarkdown(w, d) }},
	} {
		if err := writeFile(filepath.Join(dir, file.name), file.write); err != nil && failed == nil {
			failed = fmt.Errorf("cannot write %s: %w", file.name, err)
		}
	}
	return failed
}

// writeFile replaces the file in one step. A web server or another user may
// read it.
func writeFile(path string, write func(io.Writer) error) error {
	var content bytes.Buffer
	if err := write(&content); err != nil {
		return err
	}
	return daemon.WriteFile(path, content.Bytes(), 0o644)
}

func writeJSON(w io.Writer, r *verdict.Run) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}
