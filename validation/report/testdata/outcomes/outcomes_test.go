// Package outcomes prints what the suite prints, with one test for each outcome.
package outcomes

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/lsst-sqre/muster/validation/verdict"
)

func TestMain(m *testing.M) {
	m.Run()
	fmt.Println("\n" + (&verdict.Run{
		Verdict: verdict.Incomplete, Environment: "local", Requests: 214,
		Facts: map[string]string{"gafaelfawr": "15.4.1"}, Problems: []string{"the Secret gafaelfawr is missing"},
		Diagnoses: []verdict.Diagnosis{{Text: "The Secret was deleted."}, {Text: "And another."}},
	}).Line())
	os.Exit(2)
}

func say(t *testing.T, c verdict.Check) {
	c.Name, c.Runbook = t.Name(), "validation/RUNBOOK.md#"+t.Name()
	for _, a := range c.WireAttributes() {
		t.Attr(a.Key, a.Value)
	}
}

func TestMet(t *testing.T) {
	say(t, verdict.Check{Obligation: "It is met."})
	fmt.Fprintln(t.Output(), "met: It is met.")
	say(t, verdict.Check{Obligation: "It is met.", Outcome: verdict.OutcomePass, Remarks: []string{"it took long"}})
}

func TestFails(t *testing.T) {
	fmt.Fprint(t.Output(), "obligation: a text that is read by people only\nactual:     something else\n")
	say(t, verdict.Check{
		Obligation: "It answers 401.", Cause: "The ingress.", Outcome: verdict.OutcomeFail, Security: true,
		Findings: []verdict.Finding{
			{
				Reason: verdict.Status(500, "text/html", 401), Expected: "status 401", Actual: "status 500 and\na page",
				Request: "curl",
			},
			{Reason: verdict.Of(verdict.CodeUnmet), Expected: "nothing long", Actual: strings.Repeat(" öl", 1500) + " "},
		},
	})
	t.Fail()
}

func TestAdvises(t *testing.T) {
	say(t, verdict.Check{
		Obligation: "Cookies stay out.", Outcome: verdict.OutcomeAdvice, Advice: "15.4.1",
		Message: "Cookies stay out. Not so in 15.4.1.",
	})
}

func TestSkipped(t *testing.T) {
	say(t, verdict.Check{
		Obligation: "A quota is kept.", Outcome: verdict.OutcomeSkip,
		Message: `environment "local" does not declare the feature quota`,
	})
	t.SkipNow()
}

func TestBlocked(t *testing.T) {
	say(t, verdict.Check{
		Obligation: "A token is made.", Outcome: verdict.OutcomeBlocked, Message: "the Secret gafaelfawr is missing",
	})
	t.SkipNow()
}

func TestSkipsPlainly(t *testing.T) {
	t.Log("some talk")
	t.Skip("needs a cluster")
}
