package chart_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
	syaml "sigs.k8s.io/yaml"

	"github.com/lsst-sqre/muster/fixtures/lanes"
)

// helm is the path of Helm, which Go builds from scripts/tools.
var helm = sync.OnceValues(func() (string, error) {
	if err := readInputs(); err != nil {
		return "", err
	}
	cmd := exec.Command("go", "tool", "-n", "helm")
	cmd.Dir = "../../scripts/tools"
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("helm cannot be built: %w: %s", err, stderr.String())
	}
	return strings.TrimSpace(string(out)), nil
})

// readInputs opens every file that Helm will read: go test keeps a result as
// long as the files that the test itself opened are the same.
func readInputs() error {
	for _, root := range []string{".", "../../scripts/tools/go.mod"} {
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() {
				_, err = os.ReadFile(path)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// values are the settings of a deployment in YAML. deployed are those that
// Phalanx injects into every installation.
type values string

const deployed values = `
global:
  environmentName: minikube
  host: minikube.lsst.codes
  repertoireUrl: https://minikube.lsst.codes/repertoire
  vaultSecretsPath: secret/phalanx/minikube
`

// manifest is one rendered object.
type manifest struct {
	unstructured.Unstructured
	text []byte
}

// tryRender renders the chart with the values, the later over the earlier. The
// error is Helm's own text. It is slow.
func tryRender(t *testing.T, all ...values) ([]manifest, error) {
	t.Helper()
	lanes.Slow(t)
	program, err := helm()
	require.NoError(t, err)
	args := []string{"template", "muster", ".", "--namespace=muster", "--kube-version=1.34.0"}
	merged := map[string]any{}
	for _, v := range all {
		var more map[string]any
		require.NoError(t, syaml.UnmarshalStrict([]byte(v), &more))
		mergeInto(merged, more)
	}
	text, err := syaml.Marshal(merged)
	require.NoError(t, err)
	cmd := exec.Command(program, append(args, "--values=-")...)
	cmd.Stdin = bytes.NewReader(text)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, errors.New(stderr.String())
	}
	return split(t, &stdout), nil
}

func mergeInto(into, more map[string]any) {
	for key, value := range more {
		below, isMap := value.(map[string]any)
		if old, ok := into[key].(map[string]any); ok && isMap {
			mergeInto(old, below)
			continue
		}
		into[key] = value
	}
}

func split(t *testing.T, stream io.Reader) []manifest {
	t.Helper()
	var all []manifest
	reader := yaml.NewYAMLReader(bufio.NewReader(stream))
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return all
		}
		require.NoError(t, err)
		m := manifest{text: document}
		require.NoError(t, syaml.UnmarshalStrict(document, &m.Object), "%s", document)
		if m.Object != nil { // a document of comments only
			all = append(all, m)
		}
	}
}

// render renders the chart and must succeed.
func render(t *testing.T, all ...values) []manifest {
	t.Helper()
	objects, err := tryRender(t, append([]values{deployed}, all...)...)
	require.NoError(t, err)
	return objects
}

// find decodes the object of that kind and name. An unknown field is an error,
// although Kubernetes would only warn.
func find[T any](t *testing.T, objects []manifest, kind, name string) *T {
	t.Helper()
	for _, m := range objects {
		if m.GetKind() == kind && m.GetName() == name {
			decoded := new(T)
			require.NoError(t, syaml.UnmarshalStrict(m.text, decoded), "%s %s", kind, name)
			return decoded
		}
	}
	require.Fail(t, "not rendered", "%s %s", kind, name)
	return nil
}

// names lists the rendered objects as Kind/name.
func names(objects []manifest) []string {
	var all []string
	for _, m := range objects {
		all = append(all, m.GetKind()+"/"+m.GetName())
	}
	return all
}
