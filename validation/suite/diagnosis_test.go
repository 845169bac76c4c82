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
		{test: "TestUnscopedToken", outcome: failed, found: []sight{{text: "status 500 (text/html)"}}},
		{test: "TestMalformedAuthorization", outcome: failed, found: []sight{{text: "status 500 (text/html)"}}},
	})
	require.Len(t, causes, 1)
	assert.Contains(t, causes[0].text, "The error mapping is missing")
	assert.Contains(t, causes[0].text, "Seen: TestUnscopedToken (status 500), TestMalformedAuthorization (status 500), while TestNoToken is met.")
}

// A cause must not be guessed from half of its findings.
func TestDiagnoseNeedsAllFindings(t *testing.T) {
	assert.Empty(t, diagnose([]entry{
		{test: "TestNoToken", outcome: failed, found: []sight{{text: "status 503"}}},
		{test: "TestUnscopedToken", outcome: failed, found: []sight{{text: "status 500"}}},
		{test: "TestMalformedAuthorization", outcome: failed, found: []sight{{text: "status 500"}}},
	}))
	assert.Empty(t, diagnose([]entry{{test: "TestUnscopedToken", outcome: passed}}))
}

// A hole comes before an outage, whatever the order of the checks.
func TestDiagnoseHolesFirst(t *testing.T) {
	causes := diagnose([]entry{
		{test: "TestPreflight", outcome: failed, found: []sight{{text: "status 403"}}},
		{test: "TestNoToken", outcome: passed},
		{test: "TestRevokedToken", outcome: failed, found: []sight{{text: "status 200"}}},
		{test: "TestRevocation", outcome: failed, found: []sight{{text: "status 200"}}},
	})
	require.Len(t, causes, 2)
	assert.Contains(t, causes[0].text, "Revoked tokens go on working")
}

// A cause that lets somebody in leads, wherever it stands; the text for a hole
// without one is not for a hole that another line explains.
func TestDiagnoseLeadsWithAnyHole(t *testing.T) {
	clock := entry{test: "TestClock", outcome: failed, found: []sight{{text: "differs by 5m"}}}
	causes := diagnose([]entry{
		clock,
		{test: "TestUserInfo", outcome: failed, security: true, found: []sight{{text: "uid 0"}}},
	})
	require.Len(t, causes, 2)
	assert.Contains(t, causes[0].text, "UID 0, which is root's")

	causes = diagnose([]entry{
		clock,
		{test: "TestOther", outcome: failed, security: true, obligation: "Nobody is let in.", detail: "status 200", found: []sight{{text: "status 200"}}},
	})
	require.Len(t, causes, 2)
	assert.Contains(t, causes[0].text, "A hole that no known cause explains: this is not so: Nobody is let in.")
}

// What one declared path answers tells nothing of the whole deployment.
func TestDiagnoseDeclaredPath(t *testing.T) {
	other := sight{text: "status 200 (application/json)", path: "/portal"}
	met := []entry{{test: "TestAuthenticated", outcome: passed}}
	causes := diagnose(append(met, entry{test: "TestNoToken", outcome: failed, security: true, found: []sight{other}}))
	require.Len(t, causes, 1)
	assert.Contains(t, causes[0].text, "/portal is open to everyone, while other routes are not")
	assert.Contains(t, causes[0].text, "Seen: TestNoToken (status 200).")

	causes = diagnose(append(met, entry{test: "TestNoToken", outcome: failed, security: true, found: []sight{{text: other.text}, other}}))
	require.Len(t, causes, 1)
	assert.Contains(t, causes[0].text, "All protected routes are open")
}

// Nor is it said that others are in order where they are not.
func TestDiagnoseDeclaredPathOnly(t *testing.T) {
	other := sight{text: "status 200 (application/json)", path: "/portal"}
	assert.Empty(t, diagnose([]entry{
		{test: "TestNoToken", outcome: failed, found: []sight{{text: "status 418"}}},
		{test: "TestUnscopedToken", outcome: failed, security: true, found: []sight{{text: other.text}, other}},
	}))
}

// A check that did not come to what it is about has found nothing of it.
func TestDiagnoseOnlyWhatWasTried(t *testing.T) {
	unable := sight{text: "the API server does not know it", unable: true}
	assert.Empty(t, diagnose([]entry{{test: "TestVaultPaths", outcome: failed, found: []sight{unable}}}))
	unable.unable = false
	assert.Len(t, diagnose([]entry{{test: "TestVaultPaths", outcome: failed, found: []sight{unable}}}), 1)
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
