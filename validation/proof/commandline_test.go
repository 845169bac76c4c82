package proof

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// -explain sends no request, because the addresses and the context of these
// environments do not exist here. It prints an environment file with the same
// meaning, even with the last line of go test.
func TestExplain(t *testing.T) {
	t.Parallel()
	checkout, err := filepath.Abs("../environment/testdata/phalanx")
	require.NoError(t, err)
	count := regexp.MustCompile(`(?m)^# \d+ of \d+ checks would run\.$`)
	for _, name := range []string{"idfdev", "usdfprod", "summit"} {
		o := runs(t, theSuite(t), "-env="+name, "-phalanx="+checkout, "-context=nowhere", "-explain", "-test.v")
		assert.Contains(t, o.stdout, "comes from the GafaelfawrIngresses in the cluster", name)
		require.Equal(t, 0, o.code, o.stderr)
		assert.Empty(t, o.stderr)
		assert.Empty(t, tooWide(o.stdout))
		assert.Contains(t, o.stdout, "more would run with the flag -write\n#   TestCanary")
		file := filepath.Join(t.TempDir(), name+".yaml")
		text := o.stdout + "\nok  \tgithub.com/lsst-sqre/muster/validation\t0.5s\n"
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		again := runs(t, theSuite(t), "-env="+file, "-explain")
		require.Equal(t, 0, again.code, again.stderr)
		assert.NotEmpty(t, count.FindString(o.stdout))
		assert.Equal(t, after(o.stdout, "\n\n#"), after(again.stdout, "\n\n#"))
	}
}

func after(text, mark string) string {
	_, rest, _ := strings.Cut(text, mark)
	return rest
}

// Words that are no flags, and flags that do not exist, run nothing.
func TestBadCommandLine(t *testing.T) {
	t.Parallel()
	for args, says := range map[string]string{
		"TestNoToken -env=./prod.yaml": `"TestNoToken" is no flag`,
		"-strict true -env=local":      "write -strict=true, not -strict true",
		"-nope":                        "there is no flag -nope",
		"-env=/dev/zero":               "it is larger than 1 MiB",
		"-fault=N5":                    `there is no fault "N5" (did you mean "N05"?)`,
		"-fault=server-snipet-missing": `(did you mean "server-snippet-missing"?)`,
		"-context=my-cluster":          "the environment local has a Kubernetes of its own",
		"-explain=TestNoTokne":         `(did you mean "TestNoToken"?)`,
	} {
		o := runs(t, theSuite(t), strings.Fields(args)...)
		assert.Equal(t, 2, o.code, args)
		assert.Contains(t, o.stderr, says, args)
		assert.Equal(t, 1, strings.Count(o.stderr, "\n"), o.stderr)
	}
}

// Help and errors fit a terminal of the usual width.
func TestHelpFitsATerminal(t *testing.T) {
	t.Parallel()
	for _, args := range []string{
		"-h", "-nope", "-fault=nope", "-env=nowhere -phalanx=../phalanx -context=nowhere", "-explain=TestQuota",
	} {
		o := finish(t, command(t, theSuite(t), strings.Fields(args)...))
		assert.NotEmpty(t, o.stdout+o.stderr, args)
		asked := args == "-h" || strings.HasPrefix(args, "-explain")
		assert.Equal(t, asked, o.code == 0, args)
		assert.Empty(t, tooWide(o.stdout+o.stderr), args)
	}
}

// What only Kubernetes can read is refused before the run, too.
func TestBadSelector(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "my.yaml")
	require.NoError(t, os.WriteFile(file, []byte("url: https://a.example\nargocd: {selector: 'a=('}\n"), 0o600))
	o := runs(t, theSuite(t), "-env="+file, "-explain")
	assert.Equal(t, 2, o.code, o.stdout)
	assert.Contains(t, o.stderr, "argocd.selector must be a label selector")
}

// FAULTS.md names checks without Test.
func TestExplainWithoutTest(t *testing.T) {
	t.Parallel()
	o := finish(t, command(t, theSuite(t), "-explain=NoToken"))
	assert.Zero(t, o.code, o.stderr)
	assert.True(t, strings.HasPrefix(o.stdout, "TestNoToken\n"), o.stdout)
}

// Rounds of -count and -cpu have identities of their own: a healthy deployment
// stays green.
func TestRounds(t *testing.T) {
	t.Parallel()
	for _, flag := range []string{"-test.count=2", "-test.cpu=1,2"} {
		o := runs(t, theSuite(t), flag)
		assert.Equal(t, 0, o.code, o.stdout+o.stderr)
	}
}

// A known failure is shown. It fails the run only after its last day. A known
// check that passes says that its entry can be removed.
func TestKnownFailure(t *testing.T) {
	t.Parallel()
	local, err := os.ReadFile("../../fixtures/environments/local.yaml")
	require.NoError(t, err)
	env := func(until string) string {
		file := filepath.Join(t.TempDir(), "known.yaml")
		text := string(local) + "known: [{check: TestKnownUser, reason: PREOPS-123, until: " + until + "}]\n"
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		return "-env=" + file
	}
	o := runs(t, theSuite(t), env("2999-12-31"), "-fault=U02")
	assert.Equal(t, 0, o.code, o.stdout)
	assert.Contains(t, o.stdout, "KNOWN WEAKNESS TestKnownUser: Known until 2999-12-31: PREOPS-123. name")
	o = runs(t, theSuite(t), env("2020-01-01"), "-fault=U02")
	assert.Equal(t, 1, o.code, o.stdout)
	assert.Contains(t, o.stdout, "it was known until 2020-01-01 (PREOPS-123), and that day has passed")
	o = runs(t, theSuite(t), env("2999-12-31"), "-test.v")
	assert.Equal(t, 0, o.code, o.stdout)
	assert.Contains(t, o.stdout, "it passes: remove it from known in the environment file (PREOPS-123)")
	assert.Contains(t, o.stdout, "REMOVE from known in the environment file what passed: TestKnownUser")
}
