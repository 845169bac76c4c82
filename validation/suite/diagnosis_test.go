package suite

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDiagnoseLeadsWithTheCause(t *testing.T) {
	causes := diagnose([]entry{
		{test: "TestNoToken", outcome: passed},
		{test: "TestUnscopedToken", outcome: failed, found: []string{"status 500 (text/html)"}},
		{test: "TestMalformedAuthorization", outcome: failed, found: []string{"status 500 (text/html)"}},
	})
	require.Len(t, causes, 1)
	assert.Contains(t, causes[0].text, "The error mapping is missing")
	assert.Contains(t, causes[0].text, "Seen: TestUnscopedToken (status 500), TestMalformedAuthorization (status 500), while TestNoToken is met.")
}

// A cause must not be guessed from half of its findings.
func TestDiagnoseNeedsAllFindings(t *testing.T) {
	assert.Empty(t, diagnose([]entry{
		{test: "TestNoToken", outcome: failed, found: []string{"status 503"}},
		{test: "TestUnscopedToken", outcome: failed, found: []string{"status 500"}},
		{test: "TestMalformedAuthorization", outcome: failed, found: []string{"status 500"}},
	}))
	assert.Empty(t, diagnose([]entry{{test: "TestUnscopedToken", outcome: passed}}))
}

// A hole comes before an outage, whatever the order of the checks.
func TestDiagnoseHolesFirst(t *testing.T) {
	causes := diagnose([]entry{
		{test: "TestPreflight", outcome: failed, found: []string{"status 403"}},
		{test: "TestNoToken", outcome: passed},
		{test: "TestRevokedToken", outcome: failed, found: []string{"status 200"}},
		{test: "TestRevocation", outcome: failed, found: []string{"status 200"}},
	})
	require.Len(t, causes, 2)
	assert.Contains(t, causes[0].text, "Revoked tokens go on working")
}

// A renamed check must not leave a diagnosis behind that never applies.
func TestDiagnosesNameChecks(t *testing.T) {
	files, err := filepath.Glob("../*_test.go")
	require.NoError(t, err)
	checks := map[string]bool{"": true} // any check
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllStringSubmatch(string(text), -1) {
			checks[m[1]] = true
		}
	}
	for _, d := range diagnoses() {
		names := slices.Clone(d.met)
		for _, f := range d.saw {
			names = append(names, f.test)
		}
		for _, name := range names {
			assert.True(t, checks[name], "%s: %s", name, d.says)
		}
	}
}
