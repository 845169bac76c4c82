package muster

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"

	"github.com/lsst-sqre/muster/muster/chosen"
	"github.com/lsst-sqre/muster/muster/daemon"
)

// reporter makes the reports of the probes.
type reporter struct {
	about    About
	probes   []Probe
	upstream *upstream
	metrics  *metrics
	log      *slog.Logger
}

// serve answers with the report for programs, or with the answer that the query chooses.
func (r *reporter) serve(w http.ResponseWriter, x *exchange, p *Probe) {
	report := r.probeReport(x, p)
	for _, line := range ReportHeaders {
		w.Header().Set(line.Name(), line.Value())
	}
	if !chosen.Write(w, x.URL.RawQuery) {
		daemon.WriteJSON(w, http.StatusOK, report)
	}
}

// probeReport builds, counts and logs the report, and names the instance.
func (r *reporter) probeReport(x *exchange, p *Probe) *Report {
	report := r.report(x, p)
	x.report = report.Status
	r.metrics.count(report)
	x.answer.Header().Set(InstanceHeader, report.Server.Instance)
	return report
}

// report builds the report of one request to a probe.
func (r *reporter) report(x *exchange, p *Probe) *Report {
	in := newInbound(x.Request, p)
	report := &Report{
		Schema: SchemaVersion, Probe: p.Name, Server: r.about, Checks: []Check{},
		Identity: in.identity(), Sighting: in.sighting(r.about.Instance, x.body),
	}
	r.check(x, in, report)
	report.Status = checklist(report.Checks).status()
	return report
}

// check runs all checks that apply to the request. A panic becomes a failed check
// because the sighting is useful even then.
func (r *reporter) check(x *exchange, in *inbound, report *Report) {
	list := (*checklist)(&report.Checks)
	defer func() {
		if cause := recover(); cause != nil {
			r.log.Error("panic in a check", "request_id", x.requestID, "route", x.route.label,
				"cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
			list.add(checkServer, x.internalError(), "")
		}
	}()
	switch {
	case in.Method == http.MethodOptions && !in.probe.Anonymous():
		list.options(in)
		list.stranger(in)
	case in.probe.Anonymous():
		list.stranger(in)
	default:
		list.caller(in)
		if in.probe.Delegates() {
			list.delegation(x.Context(), in, r.upstream, report)
		}
	}
}
