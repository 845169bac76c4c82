// Package scripts tests the scripts of this folder.
package scripts

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/lanes"
)

var (
	planned  = regexp.MustCompile(`(?m)^== \d\d (\S+)$`)
	finished = regexp.MustCompile(`(?m)^(?:\d\d (\S+) *)?ok in \d+ s$`)
	steps    = []string{
		"minikube",
		"phalanx",
		"cert-manager",
		"ingress-nginx",
		"dns",
		"postgres",
		"gafaelfawr",
		"squareone",
		"muster",
		"validate",
	}
)

func names(found [][]string) (all []string) {
	for _, f := range found {
		all = append(all, f[1])
	}
	return all
}

// inOrder asserts that the lines come one after the other, with others between.
func inOrder(t *testing.T, text string, lines ...string) {
	t.Helper()
	rest := text
	for _, line := range lines {
		_, after, found := strings.Cut(rest, line)
		require.True(t, found, "%s\nis missing, or too early, in\n%s", line, text)
		rest = after
	}
}

func TestDryRunDoesNothing(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	code, output := m.up("--dry-run", "--profile", "other", "--", "--cni=calico")
	require.Zero(t, code, output)
	assert.Empty(t, m.calls())
	assert.NoDirExists(t, filepath.Join(m.root, "out"))
	assert.Equal(t, steps, names(planned.FindAllStringSubmatch(output, -1)))
	inOrder(
		t,
		output,
		"+ minikube start --profile other --keep-context --ports=127.0.0.1:10443:443\\,127.0.0.1:10080:80 --driver=docker "+
			"--cpus=2 --memory=4g --cni=calico\n",
		"fetch -q --depth 1 https://github.com/lsst-sqre/phalanx 650a0ef2cb4428baf8412f4f762eddb2854e00d1\n",
		"+ rm -f "+m.root+"/out/minikube/phalanx/applications/cert-manager/templates/vault-secrets.yaml\n",
		"+ helm dependency update "+m.root+"/out/minikube/phalanx/applications/gafaelfawr\n",
		"+ helm --kube-context other upgrade cert-manager ",
		"+ kubectl --context other apply --server-side -f scripts/minikube/certificate.yaml\n",
		"+ kubectl --context other -n ingress-nginx wait certificate/ingress-certificate --for=condition=Ready",
		"+ helm --kube-context other upgrade ingress-nginx ",
		"+ corefile | kubectl --context other apply --server-side --force-conflicts -f -\n",
		"+ secrets | kubectl --context other apply --server-side --force-conflicts -f -\n",
		"+ helm --kube-context other upgrade gafaelfawr ",
		"+ scripts/image load -profile other\n",
		"+ kubectl create configmap deployment-ca -n muster --from-file=ca.crt="+m.root+
			"/out/minikube/ca.crt --dry-run=client -o yaml | ",
		"+ helm --kube-context other upgrade muster ",
		"+ scripts/verify "+m.root+"/out/minikube/minikube.yaml -settle=3m\n",
	)
}

func TestFromNothing(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	code, output := m.up()
	require.Zero(t, code, output)
	assert.Equal(t, append(steps[:len(steps)-1:len(steps)-1], ""), names(finished.FindAllStringSubmatch(output, -1)))
	assert.Contains(t, output, "THE CHECKS")
	inOrder(
		t,
		m.calls(),
		"minikube start",
		"git -C",
		"helm dependency update",
		"upgrade cert-manager",
		"upgrade ingress-nginx",
		"rollout restart deployment/coredns",
		"rollout status deployment/postgres",
		"upgrade gafaelfawr",
		"rollout status deployment/squareone",
		"image load -profile muster",
		"upgrade muster",
		"podAnnotations.image=sha256:0123",
		"verify minikube -settle=3m",
	)

	out := filepath.Join(m.root, "out/minikube")
	assert.Equal(t, "the authority\n", m.read(filepath.Join(out, "ca.crt")))
	assert.Equal(
		t,
		".:53 {\n    rewrite name exact minikube.lsst.codes ingress-nginx-controller.ingress-nginx.svc.cluster.local\n    "+
			"errors\n}\n",
		m.read(filepath.Join(out, "Corefile")),
	)
	assert.NoFileExists(t, filepath.Join(out, "phalanx/applications/gafaelfawr/templates/vault-secrets.yaml"))
	for i, name := range steps {
		assert.NotEmpty(t, m.read(filepath.Join(out, fmt.Sprintf("logs/%02d-%s.log", i+1, name))))
	}
}

// Secrets go to the cluster and nowhere else.
func TestSecrets(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	code, output := m.up()
	require.Zero(t, code, output)
	applied := m.read(filepath.Join(m.state, "applied"))
	said := output + m.calls()
	logs, err := filepath.Glob(filepath.Join(m.root, "out/minikube/logs/*"))
	require.NoError(t, err)
	for _, log := range logs {
		said += m.read(log)
	}
	for key, pattern := range map[string]string{
		"bootstrap-token":     `gt-[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{22}`,
		"session-secret":      `[A-Za-z0-9_-]{43}=`,
		"redis-password":      `[A-Za-z0-9_-]{32}`,
		"database-password":   `[A-Za-z0-9_-]{32}`,
		"gafaelfawr_password": `[A-Za-z0-9_-]{32}`,
	} {
		found := regexp.MustCompile(key + `: "(` + pattern + `)"\n`).FindStringSubmatch(applied)
		require.NotNil(t, found, "%s in %s", key, applied)
		assert.NotContains(t, said, found[1], key)
	}
}

func TestSecondRunChangesNothing(t *testing.T) {
	lanes.Slow(t)
	t.Parallel()
	m := newMachine(t)
	code, output := m.up()
	require.Zero(t, code, output)
	applied := m.read(filepath.Join(m.state, "applied"))
	m.calls()
	code, output = m.up()
	require.Zero(t, code, output)
	calls := m.calls()
	for _, change := range []string{"minikube start", "fetch", "dependency", "upgrade", "restart"} {
		assert.NotContains(t, calls, change)
	}
	assert.Contains(t, calls, "verify minikube", "it checks again")
	assert.Equal(
		t,
		strings.Count(applied, "bootstrap-token"),
		strings.Count(m.read(filepath.Join(m.state, "applied")), "bootstrap-token"),
	)

	m.program("scripts/image", "echo sha256:4567")
	code, output = m.up()
	require.Zero(t, code, output)
	calls = m.calls()
	assert.Contains(t, calls, "upgrade muster", "the image is another")
	assert.NotContains(t, calls, "upgrade gafaelfawr")
}

func TestFailingStep(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.env = append(m.env, "FAIL=rollout status deployment/postgres")
	code, output := m.up()
	assert.Equal(t, 1, code)
	assert.Regexp(t, `06 postgres +FAILED after \d+ s\n`, output)
	assert.Contains(t, output, "  | this is the reason\n")
	assert.Contains(t, output, "log:     "+m.root+"/out/minikube/logs/06-postgres.log\n")
	assert.Contains(t, output, "look at: kubectl --context muster -n postgres get pods,events\n")
	assert.NotContains(t, m.calls(), "gafaelfawr --install", "later steps are not run")
}

func TestFailingProducer(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.env = append(m.env, "FAIL=get configmap coredns -o jsonpath")
	code, output := m.up()
	assert.Equal(t, 1, code)
	assert.Regexp(t, `05 dns +FAILED`, output)
}

// The exit code of the checks is that of the script.
func TestExitCodeOfTheChecks(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	for _, want := range []int{1, 2} {
		m.env = append(m.env, fmt.Sprintf("VERIFY=%d", want))
		code, output := m.up()
		assert.Equal(t, want, code)
		assert.Contains(t, output, "look at: validation/RUNBOOK.md")
		assert.Equal(t, 1, strings.Count(output, "THE CHECKS"))
	}
}

func TestSomethingIsMissing(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	require.NoError(t, os.Remove(filepath.Join(m.bin, "minikube")))
	require.NoError(t, os.Remove(filepath.Join(m.bin, "kubectl")))
	m.env = append(m.env, "FAIL=docker info")
	code, output := m.up()
	assert.Equal(t, 2, code)
	assert.Contains(t, output, "minikube is missing: https://minikube.sigs.k8s.io/docs/start/\n")
	assert.Contains(t, output, "kubectl is missing: https://kubernetes.io/docs/tasks/tools/\n")
	assert.Contains(t, output, "docker does not answer: start it")
	assert.Equal(t, "docker info\n", m.calls())

	require.NoError(t, os.Remove(filepath.Join(m.bin, "docker")))
	_, output = m.up()
	assert.Contains(t, output, "docker is missing: https://docs.docker.com/engine/install/")
	_, output = m.up("--", "--driver=podman")
	assert.Contains(t, output, "podman is missing")
}

func TestUntil(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	code, output := m.up("--until", "cert-manager")
	require.Zero(t, code, output)
	assert.Equal(t, steps[:3], names(finished.FindAllStringSubmatch(output, -1)))
	assert.NotContains(t, m.calls(), "ingress-nginx --install")
}

func TestDown(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	code, output := m.up("--until", "minikube")
	require.Zero(t, code, output)
	m.calls()
	code, output = m.up("--down")
	require.Zero(t, code, output)
	assert.Equal(t, "minikube delete --profile muster\n", m.calls())
	assert.NoDirExists(t, filepath.Join(m.root, "out/minikube"))
}

func TestOtherProfile(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	code, output := m.up("--profile", "other")
	require.Zero(t, code, output)
	env := m.read(filepath.Join(m.root, "out/minikube/minikube.yaml"))
	assert.Contains(t, env, "\nca: ca.crt\n")
	assert.Contains(t, env, "\n  context: other\n")
	assert.NotContains(t, m.calls(), "muster apply", "the profile is the context of all commands")
}

func TestChartsOfACheckout(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	checkout := t.TempDir()
	for _, chart := range []string{"cert-manager", "ingress-nginx", "gafaelfawr"} {
		require.NoError(t, os.MkdirAll(filepath.Join(checkout, "applications", chart, "templates"), 0o755))
	}
	relative, err := filepath.Rel(m.root, checkout)
	require.NoError(t, err)
	code, output := m.up("--phalanx", relative)
	require.Zero(t, code, output)
	assert.NotContains(t, m.calls(), "fetch")
	assert.DirExists(t, filepath.Join(m.root, "out/minikube/phalanx/applications/gafaelfawr"))
}

func TestBadOptions(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	for argument, says := range map[string]string{
		"--nonsense":        "unknown option --nonsense",
		"--until":           "--until needs a value",
		"--until=x":         "unknown option --until=x",
		"--until nowhere":   "there is no step nowhere; there are: minikube phalanx",
		"--phalanx nowhere": "there is no such folder",
		"--phalanx scripts": "no checkout of Phalanx",
	} {
		code, output := m.up(strings.Fields(argument)...)
		assert.Equal(t, 2, code, argument)
		assert.Contains(t, output, says)
	}
	code, output := m.up("--help")
	assert.Zero(t, code)
	assert.Contains(t, output, "--dry-run       print the steps")
	assert.True(t, strings.HasSuffix(output, "(something is missing).\n"), output)
	assert.Empty(t, m.calls())
}
