package diagnoses

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// A symptom is a pattern for the reason and for the object of a finding.
func TestSymptomMatches(t *testing.T) {
	t.Parallel()
	pod := verdict.Finding{Reason: verdict.Status(500, "text/html"), Object: "Pod gafaelfawr/gafaelfawr-1"}
	untried := pod
	untried.Unable = true
	for name, c := range map[string]struct {
		symptom symptom
		finding verdict.Finding
		matches bool
	}{
		"any finding":            {fails("TestA"), pod, true},
		"nothing was tried":      {fails("TestA"), untried, false},
		"the code":               {status("TestA", 500), pod, true},
		"the code, untried":      {status("TestA", 500), untried, true},
		"another argument":       {status("TestA", 503), pod, false},
		"any code, the argument": {found("TestA", "", "got", "500"), pod, true},
		"any code, another one":  {found("TestA", "", "got", "503"), pod, false},
		"the object":             {fails("TestA").about("Pod gafaelfawr/*"), pod, true},
		"another object":         {fails("TestA").about("Pod muster/*"), pod, false},
		"the code, an object":    {status("TestA", 500).about("*gafaelfawr-1"), pod, true},
		"the code, another":      {status("TestA", 500).about("*gafaelfawr-2"), pod, false},
	} {
		assert.Equal(t, c.matches, c.symptom.is(c.finding), name)
	}
}
