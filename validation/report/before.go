package main

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// failedPattern prints a pattern for the checks that failed or did not run, and
// for those that must pass for the causes to be found.
func (c console) failedPattern(file string) int {
	r, err := verdict.Load(file)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("there is no last run: %s does not exist", file)
	}
	if err == nil && len(r.Unfinished()) == 0 {
		err = fmt.Errorf("nothing failed in the last run (%s): there is nothing to run again", file)
	}
	if err != nil {
		c.complain(err)
		return verdict.ExitCode(verdict.Incomplete)
	}
	var names []string
	for _, check := range r.Unfinished() {
		names = append(names, regexp.QuoteMeta(check.Name))
	}
	failed := len(names)
	for _, d := range r.Diagnoses {
		for _, name := range d.Met {
			if name = regexp.QuoteMeta(name); !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	if r.Arguments != "" {
		_, _ = fmt.Fprintf(c.stderr, "report: %s of the run with %s\n", verdict.Count(failed, "check"), r.Arguments)
	}
	c.print("^(%s)$\n", strings.Join(names, "|"))
	return verdict.ExitCode(verdict.Pass)
}

// compareFiles prints the changes from one report to the other. It fails if a
// check is newly red.
func (c console) compareFiles(old, now string) int {
	r, err := verdict.Load(now)
	if err != nil {
		c.complain(err)
		return verdict.ExitCode(verdict.Incomplete)
	}
	changes, err := compareWith(old, r)
	if err != nil {
		c.complain(err)
		return verdict.ExitCode(verdict.Incomplete)
	}
	c.print("%s\n%s", r.Title(), changes)
	if len(changes.NewlyRed) > 0 {
		return verdict.ExitCode(verdict.Fail)
	}
	return verdict.ExitCode(verdict.Pass)
}

// compareWith returns the changes since the run in the file, or nil without a
// file.
func compareWith(file string, r *verdict.Run) (*verdict.Comparison, error) {
	if file == "" {
		return nil, nil //nolint:nilnil // there is nothing to compare
	}
	old, err := verdict.Load(file)
	if err != nil {
		return nil, err
	}
	return r.CompareWith(old), nil
}
