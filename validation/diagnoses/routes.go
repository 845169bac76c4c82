package diagnoses

import (
	"cmp"
	"slices"
	"strings"

	"github.com/lsst-sqre/muster/validation/message"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// Causes of a route of Gafaelfawr's that fails for whoever asks.
const (
	routeFails = "Gafaelfawr itself fails at {path}: it answers {got} to callers that it should answer otherwise, " +
		"because of a record or a setting that it cannot read, or a defect of its version. Its log says why: kubectl -n " +
		"gafaelfawr logs deployment/gafaelfawr."
	routeMissing = "Gafaelfawr's API has nothing at {path} ({got}): what answers there is another version of it, or a " +
		"gateway in front lacks the path. GET /auth/openapi.json has its version and paths."
)

// failing is what several checks found of one route. unknown says that the answer is
// none of Gafaelfawr's own refusals, which name their type.
type failing struct {
	route, got string
	unknown    bool
	seen       []verdict.Evidence
}

// failingRoutes returns causes of failed checks that no rule explains: a route of
// Gafaelfawr's answers all of them with the same error, whatever they ask it for.
func failingRoutes(checks []*verdict.Check, causes []verdict.Diagnosis) (found []verdict.Diagnosis) {
	var routes []*failing
	for _, c := range unexplained(checks, causes) {
		for _, f := range c.Findings {
			routes = collect(routes, c.Name, f)
		}
	}
	slices.SortStableFunc(routes, func(a, b *failing) int { return cmp.Compare(len(b.seen), len(a.seen)) })
	for _, says := range []string{routeFails, routeMissing} {
		if d := ofRoutes(says, routes); len(d.Seen) > 0 {
			found = append(found, d)
		}
	}
	return found
}

// ofRoutes is one cause for all routes that fail in the same way, or a diagnosis that
// cites nothing.
func ofRoutes(says string, routes []*failing) verdict.Diagnosis {
	d := verdict.Diagnosis{Rule: says}
	var names, statuses []string
	for _, r := range routes {
		missing := strings.HasPrefix(r.got, "4")
		// One check alone may ask for something else that is missing.
		if missing != (says == routeMissing) || missing && (len(r.seen) == 1 || !r.unknown) {
			continue
		}
		names, statuses = append(names, r.route), append(statuses, r.got)
		for _, e := range r.seen {
			if !d.Cites(e.Check) {
				d.Seen, d.Explains = append(d.Seen, e), append(d.Explains, e.Check)
			}
		}
	}
	slices.Sort(statuses)
	d.Text = strings.NewReplacer("{path}", message.Few(names), "{got}",
		strings.Join(slices.Compact(statuses), " or ")).Replace(says)
	return d
}

// collect adds a finding to those of its route, once for each check.
func collect(routes []*failing, check string, f verdict.Finding) []*failing {
	route, got := routeOf(f), f.Args["got"]
	if route == "" || got != "404" && got != "405" && !strings.HasPrefix(got, "5") {
		return routes
	}
	at := slices.IndexFunc(routes, func(r *failing) bool { return r.route == route && r.got == got })
	if at < 0 {
		at, routes = len(routes), append(routes, &failing{route: route, got: got})
	}
	if f.Code == verdict.CodeAPIStatus && f.Args["error"] == "" {
		routes[at].unknown = true
	}
	if !slices.ContainsFunc(routes[at].seen, func(e verdict.Evidence) bool { return e.Check == check }) {
		routes[at].seen = append(routes[at].seen, verdict.Evidence{Check: check, Found: quote(f)})
	}
	return routes
}

// routeOf is the route of Gafaelfawr's that a finding about a status names, with USER
// and KEY for names and keys of tokens; or "".
func routeOf(f verdict.Finding) string {
	path := f.Path
	switch f.Code {
	case verdict.CodePermission:
		_, path, _ = strings.Cut(f.Args["operation"], " ")
	case verdict.CodeAPIStatus:
		path = f.Args["path"]
	case verdict.CodeStatus:
	default:
		return ""
	}
	path, _, _ = strings.Cut(path, "?")
	if !strings.HasPrefix(path, "/auth/") && path != "/login" && path != "/logout" {
		return ""
	}
	parts := strings.Split(path, "/")
	for i := 1; i < len(parts); i++ {
		switch parts[i-1] {
		case "users":
			parts[i] = "USER"
		case "tokens":
			parts[i] = "KEY"
		}
	}
	return strings.Join(parts, "/")
}
