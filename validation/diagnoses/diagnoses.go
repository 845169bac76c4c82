// Package diagnoses names the causes that explain what checks found. A rule
// goes by the codes of findings and their arguments, never by their texts.
//
// Where to look:
//
//	diagnoses.go       the order of the rules, and which of them apply
//	between.go         what stands between the suite and the deployment, or hangs
//	symptoms.go        how rules name findings
//	explained.go       which failed checks a cause explains, and what it is about
//	effects.go         what follows from a cause besides its symptoms
//	rule.go            what a rule is, and when it applies
//	mixedup.go         a hole: one request gets what belongs to another
//	forms.go           one of several forms of the same
//	openroutes.go      a hole: a caller is let in
//	leaks.go           a hole: credentials or forged identities reach applications
//	sessions.go        people who have logged in
//	exposed.go         a hole: hosts, ports, networks and Ingresses of applications
//	families.go        every answer, every caller, what is almost equal
//	owntokens.go       tokens of users' own, and their histories
//	delegation.go      tokens that applications get for their users
//	login.go           where login and logout lead
//	references.go      what objects say of each other
//	clients.go         what only some programs, pages or names meet
//	contents.go        what requests and answers of applications are made of
//	edges.go           what shows at the edges of size and time alone
//	edited.go          the one Ingress that is not as Gafaelfawr's operator makes it
//	ownpaths.go        Ingresses of charts that do not lead to their applications
//	altered.go         GafaelfawrIngresses of Muster that are not as its chart writes them
//	configs.go         what Ingresses, GafaelfawrIngresses and the controller ask for
//	declared.go        one path that the environment declares
//	outages.go         hardly anything can be asked
//	errormapping.go    nginx turns Gafaelfawr's refusals into others
//	answers.go         Gafaelfawr's answers do not arrive
//	applications.go    an application, or some callers of one
//	controllers.go     what Kubernetes knows of ingress-nginx and Gafaelfawr's operator
//	secrets.go         what Kubernetes knows of Vault and cert-manager
//	workloads.go       what Kubernetes knows of Argo CD and workloads
//	admission.go       what refuses objects and evictions, or scales nothing
//	routes.go          a route of Gafaelfawr's that fails, where no rule says more
package diagnoses

import (
	"slices"
	"strings"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// rules are in an order that matters: holes first, then outages, then narrower
// causes. Of rules that share findings, the more demanding one comes first.
func rules() []rule {
	return slices.Concat(
		divided,
		oneForm,
		marked(editedHoles, isHole),
		marked(alteredHoles, isHole),
		marked(unmade, isHole),
		marked(sessionsDiffer, isHole),
		marked(mixedUp, isHole),
		marked(sessionHoles, isHole),
		marked(misledHoles, isHole),
		marked(takenPaths, isHole),
		marked(identityEverywhere, isHole),
		marked(defectHoles, isHole),
		marked(openRoutes, isHole),
		marked(leaks, isHole),
		marked(exposed, isHole),
		marked(declaredHoles, isHole),
		marked(familyHoles, isHole),
		marked(ownTokenHoles, isHole),
		controllerSettings,
		ingressSettings,
		misledPaths,
		marked(between, isWide),
		marked(outages, isWide),
		errorMapping,
		sessions,
		answers,
		defects,
		configs,
		backends,
		declaredPaths,
		refusedInputs,
		clients,
		ownTokens,
		delegation,
		login,
		contents,
		applications,
		families,
		edges,
		references,
		editedIngress,
		altered,
		controllers,
		secrets,
		workloads,
		admission,
		severalAltered,
	)
}

// Explain returns the causes of the findings, the most important first: holes
// before outages, wide causes before narrow ones. A hole without a cause leads
// nevertheless.
func Explain(checks []*verdict.Check) []verdict.Diagnosis {
	results := map[string]*verdict.Check{}
	for _, c := range checks {
		results[c.Name] = c
	}
	edited, results := editOf(results)
	var causes []cause
	explained := map[string]bool{}
	for _, r := range rules() {
		d, ok := edited.read(r, results)
		taken := func(e verdict.Evidence) bool { return explained[e.Check] || explained[breachOf(results, e)] }
		if !ok || slices.ContainsFunc(d.Seen, taken) {
			continue // a wider cause already explains it
		}
		for _, e := range d.Seen {
			explained[breachOf(results, e)] = true
		}
		for _, name := range r.masks {
			explained[name] = true
		}
		for _, name := range d.Explains {
			explained[name] = explained[name] || r.edited || settings(results[name]) || onlyReports(results[name])
		}
		c := cause{Diagnosis: d, first: r.first, ofObject: d.Object != ""}
		if d.About() == "" {
			c.Object = r.beside(results)
		}
		causes = append(causes, c)
	}
	kept := holdBack(causes, results)
	kept = append(kept, failingRoutes(checks, kept)...)
	return holeFirst(checks, append(kept, atOnePlace(checks, kept)...))
}

// breachOf returns what an evidence stands for: its check, or the one rule for all answers
// that was broken, because breaches of several rules are one check's and have several causes.
func breachOf(results map[string]*verdict.Check, e verdict.Evidence) string {
	if broken := cited(results, e).Args["rule"]; broken != "" {
		return e.Check + " " + broken
	}
	return e.Check
}

// cited returns the finding that an evidence quotes.
func cited(results map[string]*verdict.Check, e verdict.Evidence) verdict.Finding {
	c := results[e.Check]
	if at := slices.IndexFunc(c.Findings, func(f verdict.Finding) bool { return quote(f) == e.Found }); at >= 0 {
		return c.Findings[at]
	}
	return verdict.Finding{}
}

// opens reports whether an evidence is of a hole. Where no finding of its check is marked as
// one, the whole check is.
func opens(results map[string]*verdict.Check, e verdict.Evidence) bool {
	c := results[e.Check]
	marked := slices.ContainsFunc(c.Findings, func(f verdict.Finding) bool { return f.Hole })
	return c.Security && (cited(results, e).Hole || !marked)
}

// cause is a diagnosis with what its rule says about other causes.
type cause struct {
	verdict.Diagnosis
	first string
	// ofObject: it is read from an object of Kubernetes.
	ofObject bool
}

// holdBack leaves out causes that are uncertain beside an earlier cause. Holes
// stay, and causes that Kubernetes objects support.
func holdBack(causes []cause, results map[string]*verdict.Check) []verdict.Diagnosis {
	families := map[string]bool{}
	var kept, certain []verdict.Diagnosis
	for _, c := range causes {
		again := c.first != "" && families[c.first]
		if c.first != "" && !again {
			families[c.first] = true
		}
		if !again {
			kept = append(kept, c.Diagnosis)
		}
		open := slices.ContainsFunc(c.Seen, func(e verdict.Evidence) bool { return opens(results, e) })
		if c.first != "" && !again || c.ofObject || open {
			certain = append(certain, c.Diagnosis)
		}
	}
	if len(families) > 0 {
		return certain
	}
	return kept
}

// holeFirst puts the cause of a hole first. If a hole has no cause, a diagnosis
// that says so comes first.
func holeFirst(checks []*verdict.Check, causes []verdict.Diagnosis) []verdict.Diagnosis {
	var open []*verdict.Check
	for _, c := range checks {
		if c.Outcome == verdict.OutcomeFail && c.Security {
			open = append(open, c)
		}
	}
	if len(open) == 0 || len(causes) == 0 {
		return causes
	}
	at := slices.IndexFunc(causes, func(d verdict.Diagnosis) bool {
		return slices.ContainsFunc(open, func(c *verdict.Check) bool {
			return d.Cites(c.Name) || slices.Contains(d.Explains, c.Name)
		})
	})
	if at >= 0 {
		first := causes[at]
		return slices.Insert(slices.Delete(causes, at, at+1), 0, first)
	}
	return slices.Insert(causes, 0, unexplainedHole(open))
}

// unexplainedHole is the diagnosis of holes without a cause: it quotes the first.
func unexplainedHole(open []*verdict.Check) verdict.Diagnosis {
	first := slices.MinFunc(open, func(a, b *verdict.Check) int { return strings.Compare(a.Name, b.Name) })
	found := first.Found()
	if at := slices.IndexFunc(first.Findings, func(f verdict.Finding) bool { return f.Hole }); at >= 0 {
		found = quote(first.Findings[at])
	}
	return verdict.Diagnosis{
		Text: "A hole that no known cause explains: this is not so: " + first.Obligation,
		Seen: []verdict.Evidence{{Check: first.Name, Found: found}}, Explains: []string{first.Name},
	}
}

// Causes returns the texts of all rules, in their order.
func Causes() []string {
	var all []string
	for _, r := range rules() {
		all = append(all, r.says)
	}
	return append(all, routeFails, routeMissing)
}

// Unseen returns the symptoms of rules that none of the runs has.
func Unseen(runs []*verdict.Run) []string {
	var all []string
	for _, r := range rules() {
		for _, s := range r.symptoms {
			if !slices.ContainsFunc(runs, s.in) {
				all = append(all, s.check+" "+s.reason.String()+" "+s.object+": "+r.says)
			}
		}
	}
	return all
}
