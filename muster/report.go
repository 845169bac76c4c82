package muster

import (
	"strings"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// textLimit in characters of a text that a client or Gafaelfawr sent, in the log
// and in a report's messages.
const textLimit = 1 << 10

// SchemaVersion is the version of the JSON report, which report.schema.json
// describes. It increases when a member changes its meaning or is removed.
const SchemaVersion = 2

// Status is the result of a report and the outcome of one of its checks.
type Status string

// Pass, Fail and Skip; a whole report is never Skip.
const (
	Pass Status = "pass"
	Fail Status = "fail"
	Skip Status = "skip"
)

// Report is the JSON answer of a probe: what reached the server, and what the
// server itself could verify.
type Report struct {
	Schema int     `json:"schema"`
	Status Status  `json:"status"`
	Probe  string  `json:"probe"`
	Server About   `json:"server"`
	Checks []Check `json:"checks"`
	// Identity is the content of the identity headers; absent if none arrived.
	Identity *Identity `json:"identity,omitempty"`
	// UserInfo and TokenInfo are Gafaelfawr's answers to the delegated token.
	UserInfo  *gafaelfawr.UserInfo  `json:"user_info,omitempty"`
	TokenInfo *gafaelfawr.TokenInfo `json:"token_info,omitempty"`
	Sighting  Sighting              `json:"sighting"`
}

// About identifies the server that made a report.
type About struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	// Instance is random, made when the process starts: each replica has another.
	Instance string `json:"instance"`
}

// Check is one thing that the server verified.
type Check struct {
	Name    string `json:"name"`
	Outcome Status `json:"outcome"`
	// Message describes what the server saw, also when the check passes.
	Message string `json:"message"`
}

// Identity has the values of Gafaelfawr's identity headers.
type Identity struct {
	User    string `json:"user"`
	Email   string `json:"email,omitempty"`
	Service string `json:"service,omitempty"`
	// Token is the fingerprint of the delegated token.
	Token string `json:"token,omitempty"`
}

// Sighting is one request as it reached the server. Secrets are fingerprints:
// see gafaelfawr.RedactHeader.
type Sighting struct {
	Method   string `json:"method"`
	Protocol string `json:"protocol"`
	// Path is the request target as it was sent, with the query.
	Path string `json:"path"`
	// Client is the address of the connection's other end, the ingress, without
	// the port.
	Client string `json:"client"`
	// Headers are all header lines, sorted by name. Lines of one name keep their
	// order. Names are in net/http's canonical form.
	Headers []gafaelfawr.HeaderLine `json:"headers"`
	// Body is what the body was, nil where there was none.
	Body     *Body  `json:"body,omitempty"`
	Instance string `json:"instance"`
}

// Body tells one body from another.
type Body struct {
	Length int64  `json:"length"` // in bytes
	Digest string `json:"digest"` // gafaelfawr.Fingerprint of it
}

// Values are the values of all header lines of that name, redacted.
func (s Sighting) Values(name string) []string {
	var values []string
	for _, line := range s.Headers {
		if strings.EqualFold(line.Name(), name) {
			values = append(values, line.Value())
		}
	}
	return values
}

// ReportHeaders of every report besides its type must arrive unchanged through an ingress.
var ReportHeaders = []gafaelfawr.HeaderLine{{"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}}

// InstanceHeader names the instance in every answer of a probe and a page, so
// that an answer of the application can be told from one of the ingress.
const InstanceHeader = "X-Muster-Instance"
