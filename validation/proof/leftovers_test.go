package proof

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/phalanx"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// hanging starts a run that hangs in a check after it made tokens and noted them.
func hanging(t *testing.T, env, leftovers string) *exec.Cmd {
	t.Helper()
	hangs := filepath.Join(t.TempDir(), "hangs")
	cmd := command(t, theChecks(t), "-test.run=TestHung", "-env="+env, "-leftovers="+leftovers)
	cmd.Env = append(os.Environ(), "MUSTER_PROOF_HANG="+hangs)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	for deadline := time.Now().Add(20 * time.Second); ; <-time.After(5 * time.Millisecond) {
		if _, err := os.Stat(hangs); err == nil {
			return cmd
		}
		require.True(t, time.Now().Before(deadline), "it never hung: %s%s", cmd.Stdout, cmd.Stderr)
	}
}

// A killed run leaves tokens. The next run revokes them.
func TestTokensOfAKilledRun(t *testing.T) {
	t.Parallel()
	for name, next := range map[string][]string{
		"revoked by themselves":        {"-revoke="},
		"by the next run":              {"-test.run=TestMet", "-leftovers="},
		"by a run that needs no token": {"-test.run=TestUndeclared", "-leftovers="},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := deployment(t, phalanx.Defaults())
			env, leftovers := environment(t, d, ""), filepath.Join(t.TempDir(), "leftovers")
			cmd := hanging(t, env, leftovers)
			left := len(d.Tokens())
			require.NotZero(t, left)
			require.NoError(t, cmd.Process.Kill())
			require.Error(t, cmd.Wait())

			text, err := os.ReadFile(leftovers)
			require.NoError(t, err)
			assert.NotRegexp(t, wholeToken, string(text))
			require.NoError(
				t,
				os.WriteFile(
					leftovers,
					append(text, `{"username":"Bad_Name","type":"user","expires":4000000000}`+"\n"+`{"username": "half`...),
					0o600,
				),
			)
			next[len(next)-1] += leftovers
			o := runs(t, theChecks(t), append(next, "-env="+env)...)
			assert.Empty(t, d.Tokens(), o.stdout+o.stderr)
			assert.Regexp(t, `(?m)[1-9]\d* tokens of a run that was killed were found and revoked$`, o.stdout)
			text, err = os.ReadFile(leftovers)
			require.NoError(t, err)
			assert.Empty(t, string(text))

			o = runs(t, theChecks(t), "-revoke="+leftovers, "-env="+env)
			assert.Zero(t, o.code)
			assert.Equal(t, "no token is left\n", o.stdout)
		})
	}
}

// A check edits the end of a user's token, or takes it off. Both tokens are noted before and
// found by their names, and another's is left alone.
func TestEditedTokenOfAKilledRun(t *testing.T) {
	t.Parallel()
	d := deployment(t, phalanx.Defaults())
	api := gafaelfawr.NewClient("http://"+d.GafaelfawrAddress()+"/auth/api/v1", gafaelfawr.ClientOptions{})
	end := time.Now().Add(10 * time.Minute).Truncate(time.Second)
	for name, ends := range map[string]time.Time{"muster abcdef shortened": end, "muster abcdef endless": {},
		"of somebody": end} {
		_, err := api.CreateToken(t.Context(), d.Bootstrap(), gafaelfawr.TokenRequest{Username: "muster-edited",
			Type: gafaelfawr.TypeUser, Name: name, Expires: gafaelfawr.Time{Time: ends}})
		require.NoError(t, err)
	}
	leftovers := filepath.Join(t.TempDir(), "leftovers")
	note := fmt.Appendf(nil, `{"username":"muster-edited","type":"user",`+
		`"name":"muster abcdef shortened","expires":%d}`+"\n"+`{"username":"muster-edited","type":"user",`+
		`"name":"muster abcdef endless","expires":null}`+"\n", end.Add(5*time.Minute).Unix())
	require.NoError(t, os.WriteFile(leftovers, note, 0o600))
	o := runs(t, theChecks(t), "-revoke="+leftovers, "-env="+environment(t, d, ""))
	assert.Zero(t, o.code, o.stderr)
	left := d.Tokens()
	require.Len(t, left, 1)
	assert.Equal(t, "of somebody", left[0].Name)
}

// No other run revokes the tokens of a living run.
func TestTokensOfALivingRun(t *testing.T) {
	t.Parallel()
	d := deployment(t, phalanx.Defaults())
	env, leftovers := environment(t, d, ""), filepath.Join(t.TempDir(), "leftovers")
	cmd := hanging(t, env, leftovers)
	before := len(d.Tokens())
	for _, args := range [][]string{{"-revoke=" + leftovers}, {"-leftovers=" + leftovers, "-test.run=TestMet"}} {
		o := runs(t, theChecks(t), append(args, "-env="+env, "-test.timeout=1s")...)
		assert.Equal(t, 2, o.code)
		assert.Contains(t, o.problems(), "another run has "+leftovers)
		assert.Len(t, d.Tokens(), before)
	}
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	require.Error(t, cmd.Wait())
	assert.Empty(t, d.Tokens())
}

// Tokens that cannot be revoked are reported and kept for the next try.
func TestLeftoversOfADeploymentThatIsGone(t *testing.T) {
	t.Parallel()
	d, err := phalanx.Start(t.Context(), phalanx.Defaults())
	require.NoError(t, err)
	env, leftovers := environment(t, d, ""), filepath.Join(t.TempDir(), "leftovers")
	require.NoError(t, d.Close())
	expires := time.Now().Add(time.Minute).Unix()
	require.NoError(t, os.WriteFile(leftovers, fmtNote(expires), 0o600))
	o := runs(t, theChecks(t), "-revoke="+leftovers, "-env="+env)
	assert.Equal(t, 2, o.code)
	assert.Contains(t, o.stderr, "the tokens of a run that was killed cannot be revoked: cannot connect to")
	text, err := os.ReadFile(leftovers)
	require.NoError(t, err)
	assert.Equal(t, string(fmtNote(expires)), string(text))
}

func fmtNote(expires int64) []byte {
	return fmt.Appendf(nil, `{"username":"bot-check-muster","type":"service","expires":%d}`+"\n", expires)
}

// A file that is no journal is not changed.
func TestForeignFileIsNoJournal(t *testing.T) {
	t.Parallel()
	d := deployment(t, phalanx.Defaults())
	env := environment(t, d, "")
	for name, text := range map[string]string{
		"YAML":               "url: https://data.example.org\n",
		"other JSON":         `{"username":"rra","email":"rra@example.org"}` + "\n",
		"a line in between":  string(fmtNote(4_000_000_000)) + "dear diary\n",
		"without a line end": "dear diary",
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "file")
			require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
			for _, flag := range []string{"-leftovers=", "-revoke="} {
				o := runs(t, theChecks(t), flag+file, "-env="+env, "-test.run=TestMet")
				assert.Equal(t, 2, o.code, o.stdout)
				assert.Contains(t, o.stderr, file+" is no journal of tokens")
				assert.NotContains(t, o.stdout, "TestMet")
				after, err := os.ReadFile(file)
				require.NoError(t, err)
				assert.Equal(t, text, string(after))
			}
		})
	}
}

// Without a flag the journal is in the user's cache folder, one for each
// deployment. The next run revokes what a killed one left.
func TestJournalByDefault(t *testing.T) {
	t.Parallel()
	d, other := deployment(t, phalanx.Defaults()), deployment(t, phalanx.Defaults())
	cache, env := t.TempDir(), environment(t, d, "")
	run := func(env string, more ...string) *exec.Cmd {
		cmd := command(t, theChecks(t), append(more, "-env="+env)...)
		cmd.Env = append(cmd.Env, "XDG_CACHE_HOME="+cache)
		return cmd
	}
	hangs := filepath.Join(t.TempDir(), "hangs")
	cmd := run(env, "-test.run=TestHung")
	cmd.Env = append(cmd.Env, "MUSTER_PROOF_HANG="+hangs)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	eventually(t, func() error { _, err := os.Stat(hangs); return err })

	before := len(d.Tokens())
	o := finish(t, run(env, "-test.run=TestMet")) // beside the living run's
	assert.Zero(t, o.code, o.stdout)
	assert.Len(t, d.Tokens(), before, "the tokens of a living run are its own")

	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
	require.NotEmpty(t, d.Tokens())
	o = finish(t, run(environment(t, other, ""), "-test.run=TestMet"))
	assert.NotContains(t, o.stdout, "leftovers")
	require.NotEmpty(t, d.Tokens(), "another deployment's run leaves them")
	o = finish(t, run(env, "-test.run=TestMet"))
	assert.Zero(t, o.code, o.stdout)
	assert.Regexp(t, `[1-9]\d* tokens of a run that was killed were found and revoked`, o.stdout)
	assert.Empty(t, d.Tokens())
}
