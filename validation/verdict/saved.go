package verdict

import (
	"encoding/json"
	"fmt"
	"os"
)

// maxSaved bounds a report.json, in bytes.
const maxSaved = 64 << 20

// Load reads a report.json.
func Load(file string) (*Run, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, fmt.Errorf("cannot read the report: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxSaved {
		return nil, fmt.Errorf("%s is no report.json of the suite", file)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("cannot read the report: %w", err)
	}
	var r Run
	if err := json.Unmarshal(text, &r); err != nil || r.Schema == 0 {
		return nil, fmt.Errorf("%s is no report.json of the suite", file)
	}
	if r.Schema != SchemaVersion {
		return nil, fmt.Errorf("%s has version %d of the format, and this program knows %d", file, r.Schema, SchemaVersion)
	}
	return &r, nil
}
