package diagnoses

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// different is the check that found a difference of one Ingress.
func different(field, got string) *verdict.Check {
	c := failed(compares)
	c.Findings = []verdict.Finding{{Reason: verdict.Difference(field, got, false).At([]string{"/muster/probes/basic"}),
		Object: "Ingress muster/muster-probe-basic", Actual: "it differs"}}
	return c
}

// at gives the findings of a check a path.
func at(path string, c *verdict.Check) *verdict.Check {
	for i := range c.Findings {
		c.Findings[i].Path = path
	}
	return c
}

// What was found at an edited Ingress alone supports no cause but that.
func TestExplainEditedIngress(t *testing.T) {
	t.Parallel()
	causes := Explain([]*verdict.Check{
		met("TestNoToken"), met("TestUnscopedToken"), met("TestProbesRefuse"), different("auth-url", "x"),
		hole(at("/muster/probes/basic", failed("TestAllScopes", 200))), at("/muster/pages/basic", failed("TestPages", 200)),
	})
	require.Len(t, causes, 1)
	assert.Contains(t, causes[0].Text, "is not guarded as its GafaelfawrIngress asks")
	assert.Contains(t, causes[0].Text, "(auth-url)")
	assert.Equal(t, "Ingress muster/muster-probe-basic, path /muster/probes/basic", causes[0].Object)
	assert.Equal(t, []string{"TestAllScopes", compares, "TestPages"}, causes[0].Explains)
}

// What was found elsewhere, too, has another cause than the edit.
func TestExplainBesidesAnEdit(t *testing.T) {
	t.Parallel()
	causes := Explain([]*verdict.Check{
		met("TestNoToken"), different("auth-method", "POST"), failed("TestUnscopedToken", 500),
		at("/muster/probes/authenticated", failed("TestMalformedAuthorization", 500)),
		at("/muster/probes/basic", failed("TestBasicChallenge", 500)),
	})
	require.Len(t, causes, 2)
	assert.Contains(t, causes[0].Text, "The error mapping is missing")
	assert.Contains(t, causes[1].Text, "An Ingress was edited")
	assert.Equal(t, []string{compares}, causes[1].Explains)
}

// A cause that is read from the Ingress and says more than that it differs stands for the edit.
func TestExplainEditThatIsKnown(t *testing.T) {
	t.Parallel()
	weak := hole(failed("TestAnnotations"))
	weak.Findings = []verdict.Finding{{Reason: verdict.Setting("satisfy", "", "any"),
		Object: "Ingress muster/muster-probe-basic"}}
	causes := Explain([]*verdict.Check{
		different("satisfy", "any"), weak, hole(at("/muster/probes/basic", failed("TestProbesRefuse", 200))),
	})
	require.Len(t, causes, 1)
	assert.Contains(t, causes[0].Text, "An annotation of an Ingress weakens")
	assert.Equal(t, []string{"TestAnnotations", compares, "TestProbesRefuse"}, causes[0].Explains)
}

// What was found at a GafaelfawrIngress of Muster that was altered follows from that.
func TestExplainAlteredResource(t *testing.T) {
	t.Parallel()
	alteration := failed(alters)
	alteration.Findings = []verdict.Finding{{
		Reason: verdict.Difference("config.authType", "", false).At([]string{"/muster/probes/basic"}),
		Object: "GafaelfawrIngress muster/muster-probe-basic", Actual: "it differs"}}
	shown := at("/muster/probes/basic", failed("TestBasicChallenge", 403))
	causes := Explain([]*verdict.Check{met(compares), alteration, shown})
	require.Len(t, causes, 1)
	assert.Contains(t, causes[0].Text, "was altered (config.authType)")
	assert.Equal(t, []string{"TestBasicChallenge", alters}, causes[0].Explains)

	behind := different("auth-url", "x")
	behind.Findings[0].Args["stale"] = "true"
	causes = Explain([]*verdict.Check{behind, alteration, shown})
	require.NotEmpty(t, causes)
	assert.Contains(t, causes[0].Text, "no longer reacts to changes", "the operator did not follow")
}
