package history

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// Bounds of stored runs.
const (
	// maxHistory bounds all packed runs, in bytes.
	maxHistory = 32 << 20
	// maxRun bounds one run as JSON, in bytes.
	maxRun = 2 << 20
	// maxStored bounds a file of the store, packed or unpacked, in bytes. It
	// bounds the memory for a manipulated file.
	maxStored = maxRun + 64<<10
)

var idPattern = regexp.MustCompile(`\A\d{8}T\d{6}\.\d{3}Z\z`)

// pack returns the stored form of a run: compressed JSON, with gzip's checksum.
func pack(run Run) ([]byte, error) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if err := errors.Join(json.NewEncoder(z).Encode(run), z.Close()); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}

// unpack reads a stored run. It rejects every run that this package would not
// have stored, because the rest of the runner relies on its form.
func unpack(packed []byte) (Run, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return Run{}, err
	}
	text, err := io.ReadAll(io.LimitReader(z, maxStored))
	if err != nil {
		return Run{}, err
	}
	if err := checkSchema(text); err != nil {
		return Run{}, err
	}
	var run Run
	if err := json.Unmarshal(text, &run); err != nil {
		return Run{}, err
	}
	switch {
	case !idPattern.MatchString(run.ID) || run.Report == nil:
		return Run{}, errors.New("it is not a run that ended")
	case !slices.Contains([]string{verdict.Pass, verdict.Fail, verdict.Incomplete}, run.Report.Verdict):
		return Run{}, errors.New("it has no verdict")
	case hasNil(reflect.ValueOf(run)):
		return Run{}, errors.New("it has null in a list")
	}
	return run, nil
}

// checkSchema rejects runs of another version before they are decoded.
func checkSchema(text []byte) error {
	var stored struct {
		Report *struct {
			Schema int `json:"schema"`
		} `json:"report"`
	}
	if err := json.Unmarshal(text, &stored); err != nil {
		return err
	}
	if stored.Report != nil && stored.Report.Schema != verdict.SchemaVersion {
		return fmt.Errorf("its report has version %d of the schema, and this runner reads %d",
			stored.Report.Schema, verdict.SchemaVersion)
	}
	return nil
}

// hasNil reports whether a list or map anywhere in the value has a nil pointer
// as an element, as JSON's null gives.
func hasNil(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer:
		return !v.IsNil() && hasNil(v.Elem())
	case reflect.Struct:
		for field, value := range v.Fields() {
			if field.IsExported() && hasNil(value) {
				return true
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if isNil(v.Index(i)) || hasNil(v.Index(i)) {
				return true
			}
		}
	case reflect.Map:
		for _, element := range v.Seq2() {
			if isNil(element) || hasNil(element) {
				return true
			}
		}
	}
	return false
}

func isNil(v reflect.Value) bool { return v.Kind() == reflect.Pointer && v.IsNil() }

// bound makes a run small enough for the store. It first removes the output of
// passed checks, then shortens the other outputs, then removes checks that are
// not red.
func bound(run *Run) {
	report := *run.Report
	run.Report = &report
	report.Checks = slices.Clone(report.Checks)
	for i, c := range report.Checks {
		short := *c
		if Colour(c.Outcome) != "red" {
			short.Output, short.Subtests = "", nil
		}
		report.Checks[i] = &short
	}
	for _, limit := range []int{16 << 10, 1 << 10, 0} {
		if size(run) <= maxRun {
			return
		}
		report.Output = verdict.Shorten(report.Output, limit)
		for _, c := range report.Checks {
			c.Output, c.Subtests = verdict.Shorten(c.Output, limit), nil
		}
	}
	all := len(report.Checks)
	report.Checks = append(report.With(verdict.OutcomeFail, verdict.OutcomeError),
		report.With(verdict.OutcomeBlocked, verdict.OutcomePass)...)
	for size(run) > maxRun && len(report.Checks) > 0 {
		report.Checks = report.Checks[:len(report.Checks)/2]
	}
	report.Problems = append(slices.Clone(report.Problems),
		fmt.Sprintf("%d of %d checks are not stored: the run is too large", all-len(report.Checks), all))
}

func size(run *Run) int {
	text, err := json.Marshal(run)
	if err != nil {
		return 0 // pack returns the error
	}
	return len(text)
}
