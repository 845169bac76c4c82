package validation

import _ "embed"

// Runbook is RUNBOOK.md: a section for each check.
//
//go:embed RUNBOOK.md
var Runbook string
