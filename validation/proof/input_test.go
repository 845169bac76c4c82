package proof

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/phalanx"
)

// Bad input gives one sentence with the subject and the remedy, the verdict
// incomplete, and exit code 2. At most the one check about it fails.
func TestBadInput(t *testing.T) {
	t.Parallel()
	d := deployment(t, phalanx.Defaults())
	healthy := environment(t, d, "")
	text, err := os.ReadFile(healthy)
	require.NoError(t, err)
	files := 0
	changed := func(old, by string) string {
		require.Contains(t, string(text), old)
		file := filepath.Join(filepath.Dir(healthy), fmt.Sprintf("changed-%d.yaml", files))
		files++
		require.NoError(t, os.WriteFile(file, []byte(strings.Replace(string(text), old, by, 1)), 0o600))
		return file
	}
	require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(healthy), "empty.pem"), nil, 0o600))
	bare := phalanx.Defaults()
	bare.Muster.Absent, bare.Ingresses = true, nil
	for name, c := range map[string]struct {
		env   string
		args  []string
		says  string
		fails string
	}{
		"unknown environment": {env: "nowhere", says: `unknown environment "nowhere": known are example, local, minikube`},
		"missing file":        {env: "./nowhere.yaml", says: "cannot read the environment file"},
		"unknown key":         {env: changed("url:", "nonsense: 1\nurl:"), says: `line 1: unknown key "nonsense"`},
		"unknown check": {env: changed("url:", "known: [{check: TestSwep, reason: a, until: 2999-12-31}]\nurl:"),
			says: `unknown check "TestSwep" under known (did you mean "TestSweep"?)`},
		"no date": {env: changed("url:", "known: [{check: TestSweep, reason: a, until: soon}]\nurl:"),
			says: `until of the known failure of TestSweep must be a day, such as 2026-12-24, not "soon"`},
		"missing CA": {env: changed("ca.pem", "nowhere.pem"), says: "cannot read the file that `ca` names"},
		"not a CA":   {env: changed("ca: ca.pem", "ca: bootstrap"), says: "holds no PEM certificate"},
		"unreachable host": {env: changed(d.Address(), closedPort(t)), fails: "TestReachable",
			says: "Nothing listens there: is the ingress controller running"},
		"unresolvable host": {env: changed("address: "+d.Address(), ""), fails: "TestReachable",
			says: "cannot connect to minikube.lsst.codes:443"},
		"untrusted certificate": {env: changed("ca: ca.pem", ""), fails: "TestCertificateTrusted",
			says: "Where a private authority signed it, name its file under `ca`"},
		"no bootstrap file": {env: changed(`/bootstrap"}`, `/nothing"}`), fails: "TestBootstrapToken",
			says: "cannot read the bootstrap token: open"},
		"no bootstrap variable": {env: changed("bootstrap: {file", "bootstrap: {variable: NO_SUCH_VARIABLE}\n# {"),
			fails: "TestBootstrapToken",
			says:  "the environment variable NO_SUCH_VARIABLE, which should hold the bootstrap token, is not set"},
		"no Kubernetes context": {env: changed("bootstrap: {file", "# {"), fails: "TestBootstrapToken",
			says: "names no Kubernetes context"},
		"unknown Kubernetes context": {env: changed("bootstrap: {file",
			"kubernetes: {context: nowhere, kubeconfig: /dev/null}\n# {"), fails: "TestBootstrapToken",
			says: `no access to Kubernetes with the context "nowhere"`},
		"rejected bootstrap token": {env: wrongToken(t, d), fails: "TestBootstrapToken",
			says: "is not accepted by Gafaelfawr: POST"},
		"mistyped scope": {env: changed("url:", "scope: exec:admn\nurl:"), fails: "TestScope",
			says: "/muster: the probe asks for the scope exec:admin, and the environment"},
		"another scope": {env: changed("url:", "scope: read:image\nurl:"), fails: "TestScope",
			says: "write scope: exec:admin"},
		"empty CA": {
			env: changed("ca: ca.pem", "ca: empty.pem"), says: "is empty: it must hold the authority's certificate in PEM",
		},
		"no Muster": {env: environment(t, deployment(t, bare), ""), fails: "TestMusterDeployed",
			says: "Muster does not answer: GET https://minikube.lsst.codes/muster/anonymous gave 404"},
		"the Go Muster instead": {env: changed("url:", "muster: {deployed: python}\nurl:"), fails: "TestMusterDeployed",
			says: "declares muster: {deployed: python}: write muster: {deployed: go}"},
		"the Python Muster instead": {env: environment(t, deployment(t, likePython()), ""), fails: "TestMusterDeployed",
			says: "/muster is the Python Muster, and the environment"},
		"no match": {env: healthy, args: []string{"-test.run=Nonsense"},
			says: "no check matches -run Nonsense; go test ./validation -list . shows their names"},
		"fault in a real deployment": {env: healthy, args: []string{"-fault=N05"}, says: "-fault is for -env=local"},
		"unknown fault":              {env: "local", args: []string{"-fault=X99"}, says: "X99"},
		"nothing but skipped":        {env: healthy, args: []string{"-test.run=TestKnownUser"}, says: "nothing was verified"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := runs(t, theSuite(t), append(c.args, "-env="+c.env)...)
			assert.Equal(t, 2, o.code, o.stdout+o.stderr)
			assert.Equal(t, "incomplete", o.run.Verdict)
			assert.Contains(t, o.problems(), c.says)
			assert.NotContains(t, o.stdout+o.stderr, "goroutine")
			if c.fails == "" {
				assert.Empty(t, o.failed())
			} else {
				assert.Equal(t, []string{c.fails}, o.failed())
				assert.Contains(t, o.stdout, "NOT RUN")
			}
		})
	}
}

// A check says what it lacks even if it runs alone.
func TestBlockedAlone(t *testing.T) {
	t.Parallel()
	d := deployment(t, phalanx.Defaults())
	env := wrongToken(t, d)
	o := runs(t, theSuite(t), "-env="+env, "-test.run=^TestQuota$|^TestAuthenticated$")
	assert.Equal(t, 2, o.code)
	assert.Empty(t, o.failed())
	assert.Contains(t, o.stdout, "is not accepted by Gafaelfawr")
}

func wrongToken(t *testing.T, d *phalanx.Deployment) string {
	env := environment(t, d, "")
	file := filepath.Join(filepath.Dir(env), "bootstrap")
	require.NoError(t, os.WriteFile(file, []byte("gt-"+strings.Repeat("A", 22)+"."+strings.Repeat("B", 22)), 0o600))
	return env
}

// closedPort is an address at which nothing listens.
func closedPort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, l.Close()) }()
	return l.Addr().String()
}
