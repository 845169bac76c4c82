package suite

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/findings"
	"github.com/lsst-sqre/muster/validation/preconditions"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// checkOf returns a check of its own run that has not begun.
func checkOf(t *testing.T, env *Environment, o Obligation) *Check {
	t.Helper()
	r := newRun(t.Context(), env, Options{})
	r.preconditions = preconditions.Failing(nil) // all hold
	return &Check{Recorder: findings.NewRecorder(t.Context(), env), t: t, run: r, o: o,
		result: &verdict.Check{Name: "TestIt"}}
}

// The records of a check decide its outcome and its message.
func TestOutcomeOfACheck(t *testing.T) {
	t.Parallel()
	fails := func(c *Check) { c.Expect(false, nil, "so", "not so", verdict.Status(500, "text/html", 200)) }
	unread := func(c *Check) { c.Unread("Secrets"); c.Unread("Pods") }
	skip := func(c *Check) { _ = c.Try(func() { c.Skip("it has none") }) }
	block := func(c *Check) { _ = c.Try(func() { c.Block("interrupted") }) }
	known := func(until string) Environment {
		return Environment{Known: []environment.KnownFailure{{Check: "TestIt", Reason: "ticket 7", Until: until}}}
	}
	restricted := Environment{}
	restricted.Kubernetes.Restricted = true
	for name, c := range map[string]struct {
		env              Environment
		records          []func(*Check)
		outcome, message string
	}{
		"nothing":          {Environment{}, nil, verdict.OutcomePass, ""},
		"failure":          {Environment{}, []func(*Check){fails}, verdict.OutcomeFail, ""},
		"blocked":          {Environment{}, []func(*Check){block}, verdict.OutcomeBlocked, "interrupted"},
		"failure, blocked": {Environment{}, []func(*Check){fails, block}, verdict.OutcomeFail, ""},
		"skipped":          {Environment{}, []func(*Check){skip}, verdict.OutcomeSkip, "it has none"},
		"unread": {Environment{}, []func(*Check){unread}, verdict.OutcomeBlocked,
			"only a part was verified: Secrets; Pods"},
		"unread, skipped":    {Environment{}, []func(*Check){unread, skip}, verdict.OutcomeSkip, "it has none"},
		"unread, restricted": {restricted, []func(*Check){unread}, verdict.OutcomePass, ""},
		"known": {known("9999-12-31"), []func(*Check){fails}, verdict.OutcomeAdvice,
			"Known until 9999-12-31: ticket 7. not so"},
		"known, no failure": {known("9999-12-31"), nil, verdict.OutcomePass, ""},
		"no longer known":   {known("2001-01-01"), []func(*Check){fails}, verdict.OutcomeFail, ""},
	} {
		check := checkOf(t, &c.env, Obligation{Says: "It is so."})
		for _, record := range c.records {
			record(check)
		}
		check.judge()
		assert.Equal(t, c.outcome, check.result.Outcome, name)
		assert.Equal(t, c.message, check.result.Message, name)
		assert.Equal(t, c.outcome == verdict.OutcomeSkip, check.result.Remedy != "", name)
	}
}

// Every probe needs Muster. The anonymous one needs no scope, so that a wrong
// scope does not hide what reaches it.
func TestProbeNeedsItsPreconditions(t *testing.T) {
	t.Parallel()
	wrong := preconditions.Failing(errors.New("wrong"))
	for _, deployed := range []string{GoMuster, PythonMuster} {
		for name, c := range map[string]struct {
			probe         string
			muster, scope bool // they hold
			path          string
		}{
			"anonymous":                {"anonymous", true, true, "anonymous"},
			"anonymous, wrong scope":   {"anonymous", true, false, "anonymous"},
			"anonymous, no Muster":     {"anonymous", false, true, ""},
			"authenticated":            {"authenticated", true, true, "authenticated"},
			"authenticated, scope":     {"authenticated", true, false, ""},
			"authenticated, no Muster": {"authenticated", false, true, ""},
			"one that Muster lacks":    {"newer", true, true, ""},
		} {
			env := &Environment{Name: "test"}
			env.Muster.Deployed = deployed
			env.Muster.Path = "/muster"
			check := checkOf(t, env, Obligation{})
			check.run.served.once.Do(func() { check.run.served.names = []string{"anonymous", "authenticated"} })
			if !c.muster {
				check.run.preconditions.Muster = wrong.Muster
			}
			if !c.scope {
				check.run.preconditions.Scope = wrong.Scope
			}
			want := ""
			if c.path != "" {
				want = "/muster/probes/" + c.path
			}
			if c.path != "" && deployed == PythonMuster {
				want = "/muster" + environment.PythonPaths[c.path]
			}
			var got string
			_ = check.Try(func() { got = check.Probe(c.probe).Path })
			assert.Equal(t, want, got, "%s, %s", deployed, name)
		}
	}
	none := &Environment{Name: "test"}
	none.Muster.Deployed = NoMuster
	check := checkOf(t, none, Obligation{})
	_ = check.Try(func() { check.Probe("anonymous") })
	assert.Contains(t, check.Found().Skipped, "has no Muster")
}
