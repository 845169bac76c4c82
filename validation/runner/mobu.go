package runner

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/runner/history"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// mobuBody checks the body of mobu's POST /run. Nothing in it has an effect,
// because the validation makes its own users and tokens. It must be an object,
// and must not request another business than Muster. The errors have the form
// of mobu's.
func mobuBody(text []byte) []gafaelfawr.Detail {
	var body map[string]json.RawMessage
	switch err := json.Unmarshal(text, &body); {
	case !json.Valid(text):
		return mobuError("json_invalid", "JSON decode error", "body")
	case bytes.Equal(bytes.TrimSpace(text), []byte("null")):
		return mobuError("missing", "Field required", "body")
	case err != nil:
		return mobuError("model_attributes_type",
			"Input should be a valid dictionary or object to extract fields from", "body")
	}
	var business struct {
		Type any `json:"type"`
	}
	if json.Unmarshal(body["business"], &business) != nil || business.Type != "Muster" {
		return mobuError("union_tag_invalid", "The type of the business should be 'Muster'", "body", "business")
	}
	return nil
}

func mobuError(kind, message string, loc ...any) []gafaelfawr.Detail {
	return []gafaelfawr.Detail{{Type: kind, Message: message, Loc: loc}}
}

// mobuResult has the members of mobu's answer.
type mobuResult struct {
	Success *bool   `json:"success,omitempty"`
	Error   *string `json:"error,omitempty"`
	Log     *string `json:"log,omitempty"`
}

// mobuAnswer returns the run in mobu's form. success is true only for a pass,
// which has no error. The log has a line for every check that ended.
func mobuAnswer(run *history.Run, steps []step) mobuResult {
	success := run.Report.Verdict == verdict.Pass
	answer := mobuResult{Success: &success}
	if !success {
		lines := []string{strings.ToUpper(run.Report.Verdict) + ": " + run.Report.CountsText()}
		lines = append(lines, run.Report.Explained()...)
		for _, c := range run.Report.Failures() {
			lines = append(lines, c.Name+": "+c.Message)
		}
		text := strings.Join(lines, "\n")
		answer.Error = &text
	}
	const form = "2006-01-02 15:04:05 "
	var log strings.Builder
	fmt.Fprintf(&log, "%sStarting the validation, run %s. It makes its own users and tokens and ignores the request's\n",
		run.Started.UTC().Format(form), run.ID)
	for _, t := range steps {
		switch {
		case t.Outcome == "":
			continue
		case t.Message == "":
			fmt.Fprintf(&log, "%s%s: %s\n", t.at.UTC().Format(form), t.Name, t.Outcome)
		default:
			fmt.Fprintf(&log, "%s%s: %s: %s\n", t.at.UTC().Format(form), t.Name, t.Outcome, t.Message)
		}
	}
	fmt.Fprintf(&log, "%s%s\n", run.Ended.UTC().Format(form), run.Report.Headline())
	text := log.String()
	answer.Log = &text
	return answer
}
