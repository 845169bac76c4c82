package muster

import (
	"context"
	"fmt"
	"runtime/debug"
)

// report makes the report of one visit to a probe.
func (s *Server) report(x *exchange, p Probe) *Report {
	v := newVisit(p, x.Request)
	report := &Report{
		Schema:   SchemaVersion,
		Probe:    p.Name,
		Server:   s.about,
		Identity: v.identity(),
		Sighting: v.sighting(s.about.Instance),
	}
	s.judgeSafely(x.Context(), x, v, report)
	x.verdict = report.Status
	s.metrics.judged(report)
	return report
}

// judgeSafely makes a panic a failing check: the sighting is worth having even
// then.
func (s *Server) judgeSafely(ctx context.Context, x *exchange, v visit, report *Report) {
	defer func() {
		if cause := recover(); cause != nil {
			s.log.Error("panic while judging", "request_id", x.requestID, "route", x.route.label,
				"cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
			report.Status = Fail
			report.Checks = append(report.Checks, Check{checkServer, Fail,
				"Internal error of Muster; its log has more under the request id " + x.requestID})
		}
	}()
	s.judge(ctx, v, report)
}
