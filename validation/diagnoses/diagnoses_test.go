package diagnoses

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// failed returns a failed check that found answers with these statuses.
func failed(name string, statuses ...int) *verdict.Check {
	c := &verdict.Check{Name: name, Outcome: verdict.OutcomeFail, Obligation: "It is so."}
	for _, got := range statuses {
		c.Findings = append(c.Findings, verdict.Finding{Reason: verdict.Status(got, "text/html"), Actual: "any words"})
	}
	return c
}

func met(name string) *verdict.Check { return &verdict.Check{Name: name, Outcome: verdict.OutcomePass} }

func hole(c *verdict.Check) *verdict.Check {
	c.Security = true
	return c
}

func TestExplainLeadsWithTheCause(t *testing.T) {
	t.Parallel()
	causes := Explain([]*verdict.Check{
		met("TestNoToken"), failed("TestUnscopedToken", 500), failed("TestMalformedAuthorization", 500),
	})
	require.Len(t, causes, 1)
	assert.Contains(t, causes[0].Text, "The error mapping is missing")
	assert.Equal(t, []verdict.Evidence{
		{Check: "TestUnscopedToken", Found: "status 500"}, {Check: "TestMalformedAuthorization", Found: "status 500"},
	}, causes[0].Seen)
	assert.Equal(t, []string{"TestNoToken"}, causes[0].Met)
	assert.Contains(t, causes[0].String(),
		"Seen: TestUnscopedToken (status 500), TestMalformedAuthorization (status 500), while TestNoToken passed.")
}

// A cause must not be guessed from half of its findings.
func TestExplainNeedsAllFindings(t *testing.T) {
	t.Parallel()
	assert.Empty(t, Explain([]*verdict.Check{
		failed("TestNoToken", 503), failed("TestUnscopedToken", 500), failed("TestMalformedAuthorization", 500),
	}))
	assert.Empty(t, Explain([]*verdict.Check{met("TestUnscopedToken")}))
}

// A hole comes before an outage, whatever the order of the checks.
func TestExplainHolesFirst(t *testing.T) {
	t.Parallel()
	causes := Explain([]*verdict.Check{
		failed("TestPreflight", 403), met("TestNoToken"), failed("TestRevokedToken", 200), failed("TestRevocation", 200),
	})
	require.Len(t, causes, 2)
	assert.Contains(t, causes[0].Text, "Revoked tokens go on working")
}

// A cause that lets callers in comes first. The text for an unexplained hole is
// not used for a hole that another cause explains.
func TestExplainLeadsWithAnyHole(t *testing.T) {
	t.Parallel()
	clock := failed("TestClock")
	clock.Findings = []verdict.Finding{{Reason: verdict.Clock("edge", 5e9)}}
	root := hole(failed("TestUserInfo"))
	root.Findings = []verdict.Finding{{Reason: verdict.Value("uid", "90001", "0")}}
	causes := Explain([]*verdict.Check{clock, root})
	require.Len(t, causes, 2)
	assert.Contains(t, causes[0].Text, "UID 0, which is root's")

	causes = Explain([]*verdict.Check{clock, hole(failed("TestOther", 200))})
	require.Len(t, causes, 2)
	assert.Contains(t, causes[0].Text, "A hole that no known cause explains: this is not so: It is so.")
}

func declared(path string, got int) verdict.Finding {
	return verdict.Finding{Reason: verdict.Status(got, "application/json"), Path: path, Declared: true}
}

// The answer of one declared path says nothing about the whole deployment.
func TestExplainDeclaredPath(t *testing.T) {
	t.Parallel()
	only := hole(failed("TestNoToken"))
	only.Findings = []verdict.Finding{declared("/portal", 200)}
	causes := Explain([]*verdict.Check{met("TestAuthenticated"), only})
	require.Len(t, causes, 1)
	assert.Contains(t, causes[0].Text, "/portal is open to everyone, although other routes are not")
	assert.Equal(t, "/portal", causes[0].Path)

	both := hole(failed("TestNoToken", 200))
	both.Findings = append(both.Findings, declared("/portal", 200))
	causes = Explain([]*verdict.Check{met("TestAuthenticated"), both})
	require.Len(t, causes, 1)
	assert.Contains(t, causes[0].Text, "All protected routes are open")
}

// Nor does a cause say that other routes work if they do not.
func TestExplainDeclaredPathOnly(t *testing.T) {
	t.Parallel()
	unscoped := hole(failed("TestUnscopedToken", 200))
	unscoped.Findings = append(unscoped.Findings, declared("/portal", 200))
	for _, cause := range Explain([]*verdict.Check{failed("TestNoToken", 418), unscoped}) {
		assert.NotContains(t, cause.Text, "other routes")
	}
}

// A check that could not try its obligation proves no cause.
func TestExplainOnlyWhatWasTried(t *testing.T) {
	t.Parallel()
	c := failed("TestVaultPaths")
	c.Findings = []verdict.Finding{{Reason: verdict.Missing("vaultsecrets"), Unable: true}}
	assert.Empty(t, Explain([]*verdict.Check{c}))
	c.Findings[0].Unable = false
	assert.Len(t, Explain([]*verdict.Check{c}), 1)
}

// A webhook that was never installed is not one that went down.
func TestExplainNotInstalledIsNotDown(t *testing.T) {
	t.Parallel()
	webhook := verdict.Finding{Object: "Deployment cert-manager/cert-manager-webhook"}
	webhook.Reason = verdict.Missing("Deployment")
	c := failed("TestWorkloads")
	c.Findings = []verdict.Finding{webhook}
	assert.Empty(t, Explain([]*verdict.Check{c}))
	c.Findings[0].Reason = verdict.PodCount(1, 0)
	causes := Explain([]*verdict.Check{c})
	require.Len(t, causes, 1)
	assert.Contains(t, causes[0].Text, "cert-manager's webhook is down")
}

// A renamed check must not leave a rule behind that never applies.
func TestRulesNameChecks(t *testing.T) {
	t.Parallel()
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
	for _, r := range rules() {
		names := slices.Concat(r.passed, r.refuted)
		for _, s := range r.symptoms {
			names = append(names, s.check)
		}
		for _, name := range names {
			assert.True(t, checks[name], "%s: %s", name, r.says)
		}
	}
}

// onObject adds findings about objects to a check.
func onObject(c *verdict.Check, objects ...string) *verdict.Check {
	for _, object := range objects {
		c.Findings = append(c.Findings, verdict.Finding{Reason: verdict.Missing("line"), Object: object})
	}
	return c
}

// A cause names the object that shows it from another side, if there is only one.
func TestExplainNamesTheObject(t *testing.T) {
	t.Parallel()
	const configMap = "ConfigMap ingress-nginx/ingress-nginx-controller"
	for want, objects := range map[string][]string{
		configMap: {configMap, configMap}, "": {configMap, "Ingress muster/muster"},
	} {
		causes := Explain([]*verdict.Check{
			met("TestNoToken"), failed("TestUnscopedToken", 500), failed("TestMalformedAuthorization", 500),
			onObject(failed("TestErrorMapping"), objects...),
		})
		require.Len(t, causes, 1)
		assert.Equal(t, want, causes[0].Object)
	}
}

// A route that is open is named with its Ingress.
func TestExplainNamesTheOpenIngress(t *testing.T) {
	t.Parallel()
	sweep := hole(failed("TestSweep", 200))
	sweep.Findings[0].Object = "Ingress portal/portal, path /portal"
	causes := Explain([]*verdict.Check{hole(failed("TestNoToken", 200)), sweep, met("TestUnknown")})
	require.NotEmpty(t, causes)
	assert.Equal(t, "Ingress portal/portal, path /portal", causes[0].Object)

	more := sweep.Findings[0]
	more.Object = "Ingress times-square/times-square, path /times-square"
	sweep.Findings = append(sweep.Findings, more)
	causes = Explain([]*verdict.Check{hole(failed("TestNoToken", 200)), sweep, met("TestUnknown")})
	require.NotEmpty(t, causes)
	assert.Empty(t, causes[0].Object, "it is not the only one")
}

// A cause has the same key in two runs, even if the values of its arguments
// differ.
func TestKeyOfACause(t *testing.T) {
	t.Parallel()
	key := func(first string) string {
		c := failed("TestNoToken")
		c.Findings = []verdict.Finding{{Reason: verdict.Of(verdict.CodeFlapping, "method", "GET", "path", "/"+first,
			"first", first, "then", "200")}}
		causes := Explain([]*verdict.Check{c})
		require.Len(t, causes, 1)
		assert.Contains(t, causes[0].Text, first)
		return causes[0].Key()
	}
	assert.Equal(t, key("503"), key("504"))
}
