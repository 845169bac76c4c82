// Package outcomes prints what the suite prints, one test for each outcome.
package outcomes

import (
	"fmt"
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	m.Run()
	fmt.Print("\nmuster: verdict=incomplete\nmuster: environment=local\nmuster: requests=214\n" +
		"muster: gafaelfawr=15.4.1\nmuster: error=the Secret gafaelfawr is missing\n" +
		"muster: diagnosis=The Secret was deleted.\nmuster: diagnosis=And another.\n" +
		"muster: advice=TestAdvises: Cookies stay out. Not so in 15.4.1.\n" +
		"muster: advice=TestElsewhere: Tabs stay out. Not so in 15.4.1.\n")
	os.Exit(2)
}

func begin(t *testing.T, obligation string) {
	t.Attr("obligation", obligation)
	t.Attr("runbook", "validation/RUNBOOK.md#"+t.Name())
}

func TestMet(t *testing.T) {
	begin(t, "It is met.")
	fmt.Fprintln(t.Output(), "met: It is met.")
}

func TestFails(t *testing.T) {
	begin(t, "It answers 401.")
	fmt.Fprint(t.Output(), "obligation: It answers 401.\nexpected:   status 401\n"+
		"actual:     status 500 and\n            a page\ncause:      The ingress.\n")
	t.Fail()
}

func TestAdvises(t *testing.T) {
	begin(t, "Cookies stay out.")
	t.Attr("advice", "Cookies stay out. Not so in 15.4.1.")
}

func TestSkipped(t *testing.T) {
	begin(t, "A quota is kept.")
	fmt.Fprintln(t.Output(), `skipped: environment "local" does not declare the feature quota`)
	t.SkipNow()
}

func TestBlocked(t *testing.T) {
	begin(t, "A token is made.")
	fmt.Fprintln(t.Output(), "not run: the Secret gafaelfawr is missing")
	t.SkipNow()
}

func TestSkipsPlainly(t *testing.T) {
	t.Log("some talk")
	t.Skip("needs a cluster")
}
