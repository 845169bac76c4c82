package diagnoses

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// withFindings returns a failed check with these findings.
func withFindings(name string, all ...verdict.Finding) *verdict.Check {
	return &verdict.Check{Name: name, Outcome: verdict.OutcomeFail, Security: true, Obligation: "It is so.", Findings: all}
}

func finding(reason verdict.Reason, path, object string) verdict.Finding {
	return verdict.Finding{Reason: reason, Path: path, Object: object, Actual: "any words"}
}

// Other findings at the place of a hole follow from it, in every spelling of the
// path and from every check. Findings elsewhere do not.
func TestPlaceOfAHole(t *testing.T) {
	t.Parallel()
	const path = "/muster/probes/authenticated"
	missing := verdict.Header(verdict.Application, "X-Auth-Request-User", nil, "me")
	leaked := verdict.Header(verdict.Application, "Authorization", []string{"Bearer gt-<0>"})
	checks := []*verdict.Check{
		withFindings("TestNoToken", finding(verdict.Status(200, "", 401), path, "")),
		withFindings("TestBearerStripped", finding(leaked, path, "")),
		withFindings("TestOwnAnswers", finding(missing, path, "")),
		withFindings("TestPathTricks",
			finding(verdict.Reason{Code: verdict.CodeUnmet}, "/muster/probes/%61uthenticated", "")),
		withFindings("TestSweep", finding(verdict.Status(200, ""), path, "Ingress muster/a, path "+path)),
		withFindings("TestOperatorIngresses", finding(verdict.Difference("auth-url", "", false), "", "Ingress muster/a")),
		withFindings("TestEmailHeader", finding(missing, path, ""),
			finding(verdict.Status(503, ""), "/muster/probes/delegated", "")),
		withFindings("TestUndeclaredOpen", finding(verdict.Reason{Code: verdict.CodeUnmet}, "", "Ingress muster/b")),
	}
	causes := Explain(checks)
	require.NotEmpty(t, causes)
	assert.Contains(t, causes[0].Text, "its auth-url was edited away")
	want := []string{"TestBearerStripped", "TestNoToken", "TestOperatorIngresses", "TestOwnAnswers", "TestPathTricks",
		"TestSweep"}
	assert.Equal(t, want, slices.Sorted(slices.Values(causes[0].Explains)))
}

// A header that reaches applications explains only findings about that header.
func TestHeaderOfAHole(t *testing.T) {
	t.Parallel()
	leaked := verdict.Header(verdict.Application, "Authorization", []string{"Bearer gt-<0>"})
	probe := verdict.Of(verdict.CodeProbeCheck, "name", "no-token-in-authorization")
	causes := Explain([]*verdict.Check{
		met("TestNoToken"),
		withFindings("TestBearerStripped", finding(leaked, "/a", "")),
		withFindings("TestBasicStripped", finding(leaked, "/a", "")),
		withFindings("TestAuthenticated", finding(probe, "/b", ""),
			finding(verdict.Reason{Code: verdict.CodeUnmet}, "/b", "")),
		withFindings("TestNotebook", finding(verdict.Of(verdict.CodeProbeCheck, "name", "token-username"), "/c", "")),
		withFindings("TestForeignCookiesKept", finding(verdict.Header(verdict.Application, "Cookie", nil, "a=1"), "/a", "")),
	})
	require.NotEmpty(t, causes)
	assert.Contains(t, causes[0].Text, "Authorization is missing from auth-response-headers")
	assert.Equal(t, []string{"TestAuthenticated", "TestBasicStripped", "TestBearerStripped"},
		slices.Sorted(slices.Values(causes[0].Explains)))
}

// A rule explains a check that it does not cite if its first finding is a symptom
// of the rule.
func TestRuleExplainsOtherChecks(t *testing.T) {
	t.Parallel()
	r := rule{symptoms: []symptom{status("TestA", 500)}, also: []string{"TestBeside"}}
	wide, ofHole, ofPath := r, r, r
	wide.wide, ofHole.hole, ofPath.declared = true, true, true
	plain := func(name string, all ...verdict.Finding) *verdict.Check {
		c := withFindings(name, all...)
		c.Security = false
		return c
	}
	other := plain("TestB", verdict.Finding{Reason: verdict.Status(503, "text/html")})
	same := plain("TestB", verdict.Finding{Reason: verdict.Status(500, "text/html")})
	object := plain("TestB", verdict.Finding{Reason: verdict.Status(500, "text/html"), Object: "Pod a/b"})
	path := plain("TestB", declared("/portal", 500))
	for name, c := range map[string]struct {
		rule  rule
		check *verdict.Check
		folds bool
	}{
		"the same finding":        {r, same, true},
		"another finding":         {r, other, false},
		"no finding":              {r, plain("TestB"), false},
		"named beside":            {r, plain("TestBeside", other.Findings...), true},
		"an outage":               {wide, other, true},
		"an outage, an object":    {wide, object, false},
		"a hole, no hole's rule":  {r, withFindings("TestB", same.Findings...), false},
		"a hole, a hole's rule":   {ofHole, withFindings("TestB", same.Findings...), true},
		"a declared path":         {ofPath, path, true},
		"a path, a rule for all":  {r, path, false},
		"no path, a rule for one": {ofPath, same, false},
		"another declared path":   {ofPath, plain("TestB", declared("/nb", 500)), false},
	} {
		assert.Equal(t, c.folds, c.rule.folds(c.check, verdict.Diagnosis{Path: "/portal"}), name)
	}
}
