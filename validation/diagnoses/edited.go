package diagnoses

import (
	"maps"
	"slices"
	"strings"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// compares is the check that compares Ingresses with what Gafaelfawr's operator makes.
const compares = "TestOperatorIngresses"

// These are said of the one Ingress that differs, and of what is read otherwise: from answers
// alone, or from several Ingresses.
const (
	wasEdited = "An Ingress was edited since Gafaelfawr's operator made it ({field}), and the operator does not undo " +
		"that. Restart the operator, which rewrites everything."
	lostSnippet = "One Ingress lost its configuration-snippet, or a part of it: other routes map errors correctly. " +
		"Restart Gafaelfawr's operator, which rewrites it."
)

// editedHoles are holes of the one Ingress that is not as Gafaelfawr's operator makes it.
var editedHoles = []rule{
	{
		says: "A protected route is open, and the application believes whatever identity a client sends: its " +
			"Ingress does not ask Gafaelfawr because its auth-url was edited away. Restart Gafaelfawr's operator, " +
			"which rewrites the Ingress.",
		symptoms: []symptom{found(compares, verdict.CodeDifference, "field", "auth-url", "got", "", "stale", "false")},
		edited:   true,
	},
	{
		says: "A protected route is open: its own Ingress is missing or not served, and a broader anonymous " +
			"Ingress answers instead. Look at the status of its GafaelfawrIngress and at the log of Gafaelfawr's " +
			"operator.",
		symptoms: []symptom{missing(compares, "Ingress")},
		edited:   true,
	},
	{
		says: "An Ingress was edited since Gafaelfawr's operator made it: it has an unprotected path. " +
			"Restart the operator, which rewrites everything.",
		symptoms: []symptom{
			found(compares, verdict.CodeDifference, "field", "rules", "stale", "false"),
			fails("TestUndeclaredOpen"),
		},
		edited: true,
	},
	{
		says: "A route is not guarded as its GafaelfawrIngress asks, because its Ingress was edited since Gafaelfawr's " +
			"operator made it ({field}). Restart the operator, which rewrites everything.",
		symptoms: []symptom{found(compares, verdict.CodeDifference, "stale", "false")},
		edited:   true,
	},
}

// editedIngress are causes of the same kind that let no caller in.
var editedIngress = []rule{
	{
		says:     lostSnippet,
		symptoms: []symptom{found(compares, verdict.CodeDifference, "field", "configuration-snippet", "stale", "false")},
		edited:   true,
	},
	{
		says:     wasEdited,
		symptoms: []symptom{found(compares, verdict.CodeDifference, "stale", "false")},
		edited:   true,
	},
}

// edit is the one Ingress that is not as Gafaelfawr's operator makes it, or the one
// GafaelfawrIngress that is not as Muster's chart writes it. Whatever was found at
// its paths alone follows from that, and supports no other cause.
type edit struct {
	// by is the check that found it.
	by string
	// id is namespace and name, paths are those of the Ingress; a star stands for all below.
	id    string
	paths []string
	// found has the checks with what each found at the Ingress, follows those that found nothing else.
	found   map[string]*verdict.Check
	follows []string
	hole    bool
	// taken says that another rule says more about the Ingress.
	taken bool
}

// editOf returns the edit and what was found besides, or nil if no Ingress differs, several do, or no
// rule names what differs. What Muster's chart writes counts if the Ingress agrees with the
// GafaelfawrIngress, and nginx has loaded all Ingresses.
func editOf(results map[string]*verdict.Check) (*edit, map[string]*verdict.Check) {
	if e, rest := editBy(compares, results); e != nil {
		return e, rest
	}
	e, rest := editBy(alters, results)
	if e == nil || slices.ContainsFunc([]*verdict.Check{results[compares], results["TestControllerReload"]},
		func(c *verdict.Check) bool {
			return c != nil && c.Outcome == verdict.OutcomeFail && (c.Name != compares || slices.ContainsFunc(c.Findings, e.at))
		}) {
		return nil, results
	}
	return e, rest
}

// editBy is editOf for what one check found.
func editBy(by string, results map[string]*verdict.Check) (*edit, map[string]*verdict.Check) {
	c := results[by]
	if c == nil || c.Outcome != verdict.OutcomeFail || len(c.Findings) == 0 {
		return nil, results
	}
	object := c.Findings[0].Object
	for _, f := range c.Findings {
		if f.Object != object || f.Args["paths"] == "" || f.Args["stale"] == "true" {
			return nil, results
		}
	}
	e := &edit{by: by, id: idOf(object), paths: strings.Fields(c.Findings[0].Args["paths"]),
		found: map[string]*verdict.Check{}}
	rest := e.setAside(results)
	if e.taken = e.isTaken(rest); !e.taken && !e.named() {
		return nil, results
	}
	return e, rest
}

// read returns what a rule says beside the edit, which may be nil, or of it.
func (e *edit) read(r rule, results map[string]*verdict.Check) (verdict.Diagnosis, bool) {
	if r.edited {
		if e == nil || e.taken {
			return verdict.Diagnosis{}, false
		}
		return r.ofEdit(e)
	}
	d, ok := r.explains(results)
	if ok && e != nil && e.taken && e.takenBy(r, d) {
		d.Explains = union(d.Explains, e.follows)
	}
	return d, ok
}

// setAside returns the results without what was found at the Ingress alone. What objects say
// stays, because it may say more than that they differ.
func (e *edit) setAside(results map[string]*verdict.Check) map[string]*verdict.Check {
	here, elsewhere := e.kinds(results)
	rest := maps.Clone(results)
	for _, name := range slices.Sorted(maps.Keys(results)) {
		c := results[name]
		if c.Outcome != verdict.OutcomeFail {
			continue
		}
		at, left, besides := *c, *c, false
		at.Findings, left.Findings = nil, nil
		for _, f := range c.Findings {
			kind := kindAnywhere(f)
			of := (e.at(f) || nowhere(f) && here[kind]) && (!elsewhere[kind] || e.openHereAlone(c, f))
			if of {
				at.Findings = append(at.Findings, f)
			}
			if !of || saysMore(f) {
				left.Findings = append(left.Findings, f)
			}
			besides = besides || !of && (f.Code != verdict.CodeUnmet || f.Object != "")
		}
		if len(at.Findings) == 0 {
			continue
		}
		e.found[name], rest[name] = &at, &left
		if len(left.Findings) == 0 || !besides && !slices.ContainsFunc(left.Findings, saysMore) {
			left.Outcome = verdict.OutcomePass
		}
		if !besides {
			e.follows = append(e.follows, name)
			e.hole = e.hole || c.Security
		}
	}
	return rest
}

// openHereAlone reports whether a check found a hole at the Ingress and at no other place. Another
// open path, which another check found, has another cause.
func (e *edit) openHereAlone(c *verdict.Check, f verdict.Finding) bool {
	return f.Hole && e.at(f) && !slices.ContainsFunc(c.Findings, func(other verdict.Finding) bool {
		return other.Hole && !e.at(other)
	})
}

// saysMore reports whether a finding is read from the object, and is not only that others do not
// match it.
func saysMore(f verdict.Finding) bool {
	return idOf(f.Object) != "" && !strings.Contains(f.Object, ", path ") && f.Code != verdict.CodeDifference &&
		f.Code != verdict.CodeUnreferenced && !f.Matches(verdict.Missing("GafaelfawrIngress"))
}

// kinds are those of what was found at the Ingress, and at other places.
func (e *edit) kinds(results map[string]*verdict.Check) (here, elsewhere map[string]bool) {
	here, elsewhere = map[string]bool{}, map[string]bool{}
	for _, c := range results {
		for _, f := range c.Findings {
			switch {
			case c.Outcome != verdict.OutcomeFail || kindAnywhere(f) == "":
			case e.at(f):
				here[kindAnywhere(f)] = true
			case !nowhere(f):
				elsewhere[kindAnywhere(f)] = true
			}
		}
	}
	return here, elsewhere
}

// nowhere reports whether a finding is about the deployment as a whole.
func nowhere(f verdict.Finding) bool { return f.Object == "" && f.Path == "" }

// kindAnywhere is the kind of a finding of whichever object.
func kindAnywhere(f verdict.Finding) string {
	f.Object = ""
	return kindOf(f)
}

// at reports whether a finding is about the Ingress, or about a request to it.
func (e *edit) at(f verdict.Finding) bool {
	object, path, _ := strings.Cut(f.Object, ", path ")
	return idOf(object) == e.id || e.leads(path) || f.Object == "" && e.leads(f.Path)
}

// leads reports whether a path leads to the Ingress.
func (e *edit) leads(path string) bool {
	path = placeName(path)
	return path != "" && slices.ContainsFunc(e.paths, func(p string) bool {
		return verdict.Like(path, placeName(p))
	})
}

// idOf is namespace and name of an Ingress, or of the GafaelfawrIngress that makes it.
func idOf(object string) string {
	kind, id, _ := strings.Cut(object, " ")
	if kind != "Ingress" && kind != "GafaelfawrIngress" {
		return ""
	}
	return id
}

// takenBy reports whether a diagnosis says more about the Ingress than that it differs, or why
// it does.
func (e *edit) takenBy(r rule, d verdict.Diagnosis) bool {
	if r.edited {
		return false
	}
	return slices.Contains(r.masks, e.by) || idOf(d.Object) == e.id && (r.hole || !e.hole)
}

// isTaken reports whether there is such a diagnosis.
func (e *edit) isTaken(results map[string]*verdict.Check) bool {
	return slices.ContainsFunc(rules(), func(r rule) bool {
		d, ok := r.explains(results)
		return ok && e.takenBy(r, d)
	})
}

// named reports whether a rule names the edit.
func (e *edit) named() bool {
	return slices.ContainsFunc(rules(), func(r rule) bool {
		if !r.edited {
			return false
		}
		_, ok := r.ofEdit(e)
		return ok
	})
}

// ofEdit returns the diagnosis of a rule about the Ingress, if the rule applies.
func (r rule) ofEdit(e *edit) (verdict.Diagnosis, bool) {
	if r.hole != e.hole {
		return verdict.Diagnosis{}, false
	}
	d, ok := r.explains(e.found)
	d.Explains = e.follows
	if r.hole && ok && len(e.paths) == 1 && !strings.HasSuffix(e.paths[0], "*") {
		d.Object += ", path " + e.paths[0] // which is open
	}
	if shown := e.shown(); ok && shown != "" && !d.Cites(shown) {
		d.Seen = append(d.Seen, verdict.Evidence{Check: shown, Found: quote(e.found[shown].Findings[0])})
	}
	return d, ok
}

// shown is the check that shows best that the Ingress lets callers in.
func (e *edit) shown() string {
	open := slices.DeleteFunc(slices.Clone(e.follows), func(name string) bool { return !e.found[name].Security })
	for _, name := range []string{"TestNoToken", "TestUnscopedToken", "TestProbesRefuse", "TestSweep"} {
		if slices.Contains(open, name) {
			return name
		}
	}
	return strings.Join(open[:min(len(open), 1)], "")
}

// union is what either list has.
func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
