package verdict

import _ "embed"

// ReportSchema describes report.json.
//
//go:embed report.schema.json
var ReportSchema string

// Version is the release of the suite that made a run. The linker sets it; it
// is empty where the suite was compiled from a checkout.
var Version string
