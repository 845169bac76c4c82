package muster

import (
	"fmt"
	"runtime/debug"
)

// report builds the report of one request to a probe.
func (s *Server) report(x *exchange, p *Probe) *Report {
	in := newInbound(x.Request, p)
	report := &Report{
		Schema: SchemaVersion, Probe: p.Name, Server: s.about, Checks: []Check{},
		Identity: in.identity(), Sighting: in.sighting(s.about.Instance),
	}
	s.check(x, in, report)
	report.Status = checklist(report.Checks).status()
	return report
}

// check runs all checks. A panic becomes a failed check because the sighting is
// useful even then.
func (s *Server) check(x *exchange, in *inbound, report *Report) {
	defer func() {
		if cause := recover(); cause != nil {
			s.log.Error("panic in a check", "request_id", x.requestID, "route", x.route.label,
				"cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
			(*checklist)(&report.Checks).add(checkServer, internalError(x), "")
		}
	}()
	s.runChecks(x.Context(), in, report)
}

// internalError refers to the log, which has more than a stranger should see.
func internalError(x *exchange) string {
	return "Internal error of Muster; see its log for the request id " + x.requestID
}
