package runner

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/faults"
	"github.com/lsst-sqre/muster/fixtures/lanes"
	"github.com/lsst-sqre/muster/fixtures/phalanx"
	"github.com/lsst-sqre/muster/validation/runner/notify/notifytest"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// seeded returns a configuration with the real suite, which starts the local
// deployment with the fault.
func seeded(t *testing.T, fault string) Config {
	t.Helper()
	cfg := against(t, "local")
	cfg.Host = "data.example.org"
	if fault != "" {
		cfg.Arguments = append(cfg.Arguments, "-fault="+fault)
	}
	return cfg
}

// A harmless failure masks no hole, and a hole no wider one. Each gets one
// message, even across restarts.
func TestHolesAreToldWhileRed(t *testing.T) {
	t.Parallel()
	lanes.Slow(t)
	store, r := t.TempDir(), notifytest.NewReceiver(t)
	webhook := notifytest.SecretFile(t, r.URL+notifytest.SecretPath)
	var told [][]string
	for _, fault := range []string{"G03", "O06", "N13", ""} {
		cfg := seeded(t, fault)
		cfg.Store, cfg.WebhookFile = store, webhook
		s := start(t, cfg, nil)
		for range 2 {
			s.run("")
		}
		want := len(told) + 1
		until(t, "a message of "+fault, func() bool { return len(r.Texts()) >= want })
		s.stop()
		require.Len(t, r.Texts(), want)
		told = append(told, strings.Split(r.Texts()[want-1], "\n"))
	}
	for i, part := range []string{
		":red_circle: *data.example.org:* Argo CD cannot generate the manifests of an Application",
		":rotating_light: *data.example.org:* A protected route is open",
		":rotating_light: *data.example.org:* All protected routes are open",
		":large_green_circle: *data.example.org* passes again.",
	} {
		assert.Contains(t, told[i][0], part)
	}
	assert.Contains(t, told[0][0], "(Application argocd/muster)")
	assert.Contains(t, told[1][0], "(Ingress muster/muster-probe-authenticated, path /muster/probes/authenticated)")
	assert.Regexp(t, `^A new security failure\. Failed: (Test\w+ \(security\),? ){3}and \d+ more\.$`, told[1][1])
	assert.Regexp(t, `^Since \d+ \w+, \d\d:\d\d UTC`, told[2][2])
	assert.Contains(t, told[3][0], "It failed for ")
}

// A known failure gets no message until its day has passed.
func TestKnownFailureIsNotTold(t *testing.T) {
	t.Parallel()
	lanes.Slow(t)
	fault, err := faults.Find("A20")
	require.NoError(t, err)
	broken := phalanx.Defaults()
	fault.Seed(&broken)
	d := deployment(t, broken)
	store, r := t.TempDir(), notifytest.NewReceiver(t)
	webhook := notifytest.SecretFile(t, r.URL+notifytest.SecretPath)
	for _, c := range []struct {
		until, verdict string
		told           int
	}{{"2999-12-31", verdict.Pass, 0}, {"2020-12-31", verdict.Fail, 1}} {
		known := "known:"
		for _, name := range []string{"TestPreflight", "TestForgedIdentityOptions"} {
			known += "\n- {check: " + name + ", reason: PREOPS-123, until: " + c.until + "}"
		}
		env, err := d.WriteEnvironment(t.TempDir(), known+"\n")
		require.NoError(t, err)
		cfg := against(t, env)
		cfg.Store, cfg.WebhookFile = store, webhook
		s := start(t, cfg, nil)
		assert.Equal(t, c.verdict, s.run("").Status, c.until)
		until(t, "all that is to be told", func() bool { return len(r.Texts()) == c.told })
		s.stop()
		assert.Len(t, r.Texts(), c.told)
	}
	assert.Contains(t, r.Texts()[0], "It fails. Failed: Test")
}
