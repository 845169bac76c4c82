package diagnoses

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// follow reports whether all that a failed check found follows from the cause: it is
// one of the symptoms, in whichever check, or what the rule says of their header or
// their place. A finding without a reason of its own counts for nothing.
func (r rule) follow(c *verdict.Check, d verdict.Diagnosis, results map[string]*verdict.Check) bool {
	if c.Security && !r.hole {
		return false // no hole is explained by what is no hole
	}
	header, place, kinds := r.headerOf(d, results), r.placeOf(d, results), kindsOf(d, results)
	known := slices.Contains(copies, c.Name) // of what is explained already
	for _, f := range c.Findings {
		switch {
		case f.Declared && r.paths && r.symptom(f):
			known = true
		case f.Declared != r.declared:
			return false
		case slices.Contains(copies, c.Name) && ofMuster(f):
		case r.symptom(f), kinds[kindOf(f)], header != "" && ofHeader(f, header), place.has(f), r.wide && serverError(f),
			r.open && unasked(f), r.hole && ofReports(f), d.Cites("TestRequestsUnchanged") && ofReports(f):
			known = true
		case f.Code != verdict.CodeUnmet || f.Object != "":
			return false
		}
	}
	return known
}

// copies are checks of what shows in another form what probes show.
var copies = []string{"TestMobuRoutes", "TestMobuRoutesProtected", "TestAnswersUnchanged", "TestPages"}

// ofMuster reports whether a finding is a verdict of Muster's own on what reached it.
func ofMuster(f verdict.Finding) bool {
	return f.Code == verdict.CodeUnmet && f.Object == "" ||
		f.Code == verdict.CodeBackendAnswered && (f.Args["status"] == "500" || f.Args["status"] == "422") ||
		f.Code == verdict.CodeStatus && f.Args["got"] == "500" && f.Args["type"] == "application/json"
}

// ofReports reports whether a finding is what all reports of Muster must say: who called,
// and what was asked.
func ofReports(f verdict.Finding) bool {
	return f.Code == verdict.CodeInvariant &&
		(f.Args["rule"] == verdict.InvariantCaller || f.Args["rule"] == verdict.InvariantRequest)
}

// onlyReports reports whether a check found nothing else.
func onlyReports(c *verdict.Check) bool {
	return !slices.ContainsFunc(c.Findings, func(f verdict.Finding) bool { return !ofReports(f) })
}

// kindsOf are the kinds of all that was found by the checks that a cause is read from.
func kindsOf(d verdict.Diagnosis, results map[string]*verdict.Check) map[string]bool {
	kinds := map[string]bool{}
	for _, e := range d.Seen {
		for _, f := range results[e.Check].Findings {
			kinds[kindOf(f)] = true
		}
	}
	delete(kinds, "")
	return kinds
}

// kindOf is what findings of different checks have in common: the code with what it is
// about, and the object; "" for one that has no reason of its own.
func kindOf(f verdict.Finding) string {
	f = asStatus(f)
	if f.Code == verdict.CodeUnmet {
		return ""
	}
	kind := string(f.Code) + " " + f.Object
	if f.Code == verdict.CodeStatus || f.Code == verdict.CodeAPIStatus || f.Code == verdict.CodeMixed {
		return kind + " " + f.Args["got"]
	}
	for _, about := range []string{"name", "at", "field", "key", "rule", "problem", "what", "status", "type", "reason"} {
		kind += " " + f.Args[about]
	}
	return kind
}

// unasked reports whether a finding is what shows where an application is reached
// without Gafaelfawr: what should have been taken off, or added, was not.
func unasked(f verdict.Finding) bool {
	switch f = asStatus(f); f.Code {
	case verdict.CodeStatus:
		return f.Args["got"] == "200" || ofMuster(f)
	case verdict.CodeProbeCheck, verdict.CodeTokenLeaked, verdict.CodeHeaderForged:
		return true
	case verdict.CodeHeaderMissing, verdict.CodeHeaderUnexpected, verdict.CodeHeaderValue:
		return f.Args["at"] == verdict.Application || strings.HasPrefix(f.Args["name"], "X-RateLimit-")
	}
	return false
}

// symptom reports whether a finding is one of the rule's, or follows from them.
func (r rule) symptom(f verdict.Finding) bool {
	return slices.ContainsFunc(slices.Concat(r.symptoms, r.follows), func(s symptom) bool {
		return s.reason.Code != "" && (s.is(f) || s.is(asStatus(f)))
	})
}

// asStatus is a finding that comes down to a status as one of that status.
func asStatus(f verdict.Finding) verdict.Finding {
	switch f.Code {
	case verdict.CodePermission:
		f.Reason = verdict.Of(verdict.CodeStatus, "got", f.Args["got"], "want", f.Args["want"])
	case verdict.CodeBackendAnswered:
		f.Reason = verdict.Of(verdict.CodeStatus, "got", f.Args["status"])
	}
	return f
}

// serverError reports whether a request came to nothing because of what is behind the
// edge, whichever object it was made for.
func serverError(f verdict.Finding) bool {
	switch f.Code {
	case verdict.CodeStatus, verdict.CodeAPIStatus, verdict.CodePermission:
		return strings.HasPrefix(f.Args["got"], "5")
	}
	return false
}

// headerOf is the header that a rule about one is read from.
func (r rule) headerOf(d verdict.Diagnosis, results map[string]*verdict.Check) string {
	if !r.header || len(d.Seen) == 0 {
		return ""
	}
	for _, f := range results[d.Seen[0].Check].Findings {
		if r.symptoms[0].is(f) {
			return cmp.Or(f.Args["name"], f.Args["got"])
		}
	}
	return ""
}

// shows are the checks of Muster's own reports that are about a header.
var shows = map[string][]string{
	gafaelfawr.HeaderAuthorization: {"no-token-in-authorization", "delegated-token-in-authorization"},
	gafaelfawr.HeaderCookie:        {"no-session-cookie"},
	gafaelfawr.HeaderUser:          {"one-user", "expected-user", "no-identity-headers"},
	gafaelfawr.HeaderEmail:         {"at-most-one-email", "no-identity-headers"},
	gafaelfawr.HeaderService:       {"calling-service", "no-identity-headers"},
	gafaelfawr.HeaderToken:         {"no-delegated-token", "delegated-token", "no-identity-headers"},
}

// ofHeader reports whether a finding is about a header on its way to applications.
func ofHeader(f verdict.Finding, header string) bool {
	named := strings.EqualFold(f.Args["name"], header)
	switch f.Code {
	case verdict.CodeHeaderUnexpected, verdict.CodeHeaderMissing, verdict.CodeHeaderValue, verdict.CodeHeaderRepeated:
		return named && f.Args["at"] == verdict.Application
	case verdict.CodeHeaderForged:
		return named
	case verdict.CodeTokenLeaked:
		return strings.HasPrefix(f.Args["header"], header+":")
	case verdict.CodeProbeCheck:
		return slices.Contains(shows[header], f.Args["name"])
	case verdict.CodeValue:
		return f.Args["name"] == header+" at the application"
	case verdict.CodeDifference:
		return f.Args["field"] == "auth-response-headers"
	}
	return false
}

// place is one Ingress: its path, and its name where that is known.
type place struct{ path, ingress string }

// placeOf is where all that a rule about one Ingress was read from lies. There is
// none where it is several.
func (r rule) placeOf(d verdict.Diagnosis, results map[string]*verdict.Check) place {
	if !r.place {
		return place{}
	}
	var at place
	for _, e := range d.Seen {
		for _, f := range results[e.Check].Findings {
			path := placeName(f.Path)
			if at.path == "" {
				at.path = path
			}
			if path != at.path {
				return place{}
			}
		}
	}
	at.ingress = ingressAt(at.path, results)
	return at
}

// ingressAt is the Ingress of a path, as far as a check found something of it.
func ingressAt(path string, results map[string]*verdict.Check) string {
	for _, name := range slices.Sorted(maps.Keys(results)) {
		for _, f := range results[name].Findings {
			if ingress, of, ok := strings.Cut(f.Object, ", path "); ok && placeName(of) == path {
				return ingress
			}
		}
	}
	return ""
}

// has reports whether a finding is about the place.
func (p place) has(f verdict.Finding) bool {
	if p.path == "" {
		return false
	}
	ingress, path, _ := strings.Cut(f.Object, ", path ")
	return f.Path != "" && placeName(f.Path) == p.path || path != "" && placeName(path) == p.path ||
		p.ingress != "" && ingress == p.ingress
}

// placeName is a path however it was spelled. The page of a probe shows what its report
// has.
func placeName(path string) string {
	path, _, _ = strings.Cut(path, "?")
	if plain, err := url.PathUnescape(path); err == nil {
		path = plain
	}
	return strings.Replace(path, "/pages/", "/probes/", 1)
}
