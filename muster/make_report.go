package muster

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// workspace is the memory of one report, used again by the next: making it
// anew for every request costs as much as filling it.
type workspace struct {
	visit    visit
	report   Report
	identity Identity
	lines    [32]gafaelfawr.HeaderLine
	checks   [24]Check
	out      []byte
}

var workspaces = sync.Pool{New: func() any { return new(workspace) }}

// keptAnswer in bytes is what a workspace keeps of its space for an answer.
const keptAnswer = 64 << 10

// free gives the workspace back, without what it knew.
func (w *workspace) free() {
	if cap(w.out) > keptAnswer {
		w.out = nil
	}
	clear(w.lines[:min(len(w.visit.lines), len(w.lines))])
	clear(w.checks[:min(len(w.report.Checks), len(w.checks))])
	w.visit, w.report, w.identity = visit{}, Report{}, Identity{}
	workspaces.Put(w)
}

// report makes the report of one visit to a probe. It is good until the
// workspace is freed.
func (s *Server) report(x *exchange, p *Probe) *workspace {
	w := workspaces.Get().(*workspace)
	w.visit.read(p, x, w.lines[:0])
	w.report.Schema, w.report.Probe, w.report.Server = SchemaVersion, p.Name, s.about
	w.report.Checks = w.checks[:0]
	if w.visit.identity(&w.identity) {
		w.report.Identity = &w.identity
	}
	s.judgeSafely(x.Context(), x, &w.visit, &w.report)
	w.visit.sighting(&w.report.Sighting, s.about.Instance)
	x.verdict = w.report.Status
	s.metrics.judged(&w.report)
	return w
}

// judgeSafely makes a panic a failing check: the sighting is worth having even
// then.
func (s *Server) judgeSafely(ctx context.Context, x *exchange, v *visit, report *Report) {
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
