package proof

import (
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/phalanx"
	"github.com/lsst-sqre/muster/validation/verdict"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Texts that differ in every run, and their replacements.
var varying = []struct {
	pattern *regexp.Regexp
	by      string
}{
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "ADDRESS"},
	{regexp.MustCompile(`\(\d+\.\d+s\)`), "(TIME)"},
	{regexp.MustCompile(`in \d+(\.\d+)? m?s`), "in TIME"},
	{regexp.MustCompile(`<[0-9a-f]{12}>`), "<FINGERPRINT>"},
	{regexp.MustCompile(`--cacert \S+`), "--cacert CA"},
	{regexp.MustCompile(`-env=\S+`), "-env=FILE"},
	{regexp.MustCompile(`(?s)\| goroutine \d+ .*?\n    request`), "STACK\n    request"},
	{regexp.MustCompile(`(?s)\| goroutine \d+ .*?\n    possible causes`), "STACK\n    possible causes"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d UTC`), "NOW"},
	{regexp.MustCompile(`\d+ requests`), "N requests"},
}

// TestOutput pins the output of a check that passes, fails, advises, is skipped
// or panics, and the summary of the run.
func TestOutput(t *testing.T) {
	t.Parallel()
	d := deployment(t, phalanx.Defaults())
	env := environment(t, d, "")
	for name, args := range map[string][]string{
		"met":     {"-test.run=TestMet", "-test.v"},
		"fails":   {"-test.run=TestUnmet"},
		"advises": {"-test.run=TestAdvised", "-test.v"},
		"strict":  {"-test.run=TestAdvised", "-strict"},
		"skipped": {"-test.run=TestUndeclared", "-test.v"},
		"panics":  {"-test.run=TestPanicked"},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := command(t, theChecks(t), append(args, "-env="+env)...)
			cmd.Env = append(cmd.Env, "CI=true") // the summary does not depend on a terminal
			o := finish(t, cmd)
			got := o.stdout + o.stderr
			for _, v := range varying {
				got = v.pattern.ReplaceAllString(got, v.by)
			}
			golden := filepath.Join("testdata", "golden", name+".txt")
			if *update {
				require.NoError(t, os.WriteFile(golden, []byte(got), 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			assert.Equal(t, string(want), got)
		})
	}
}

// TestHealthy runs the whole suite on the healthy local deployment, as the
// README says.
func TestHealthy(t *testing.T) {
	t.Parallel()
	o := runs(t, theSuite(t), "-env=local")
	assert.Zero(t, o.code, o.stdout+o.stderr)
	assert.Equal(t, "pass", o.run.Verdict)
	assert.Empty(t, o.failed())
	assert.NotEmpty(t, o.run.With(verdict.OutcomeAdvice))
}

// With -strict exactly Gafaelfawr's own weaknesses fail.
func TestStrict(t *testing.T) {
	t.Parallel()
	o := runs(t, theSuite(t), "-env=local", "-strict")
	assert.Equal(t, 1, o.code)
	assert.ElementsMatch(
		t,
		[]string{"TestCookieSeparators", "TestTokenAfterTab", "TestOtherIdentityHeaders", "TestTokenBeforeBlank"},
		o.failed(),
	)
}

// Without the Go Muster, the checks run that need no sightings.
func TestWithoutGoMuster(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ env, reason string }{
		"python": {"muster: {deployed: python}\n", "which does not tell what reached it"},
		"none": {"muster: {deployed: none}\nprotected:\n- {path: /muster/auth/fail, scope: 'exec:admin', harmless: " +
			"true}\n- {path: /muster/auth/redirect, scope: 'exec:admin', loginRedirect: true}\n",
			"has no Muster"},
	} {
		t.Run(name, func(t *testing.T) {
			o := runs(t, theSuite(t), "-env="+environment(t, deployment(t, likePython()), c.env))
			assert.Zero(t, o.code, o.stdout+o.stderr)
			assert.Contains(t, o.stdout, c.reason)
			assert.Contains(t, o.stdout, "--- PASS: TestMalformedAuthorization")
			assert.NotContains(t, o.stdout, "NOT RUN")
			assert.Greater(t, strings.Count(o.stdout, "--- PASS"), 30)
		})
	}
}

// likePython returns a deployment whose Muster has only the routes of the Python
// Muster.
func likePython() phalanx.Options {
	o := phalanx.Defaults()
	o.Hooks.ClientAnswer = append(o.Hooks.ClientAnswer, func(c phalanx.RequestContext, a *phalanx.Answer) {
		if strings.HasPrefix(c.Request.Target, "/muster/probes/") && a.Status == http.StatusOK {
			a.Status, a.Body = http.StatusNotFound, []byte(`{"detail":"Not Found"}`)
		}
	})
	return o
}
