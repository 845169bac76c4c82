package main

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/x509"
	"debug/buildinfo"
	"debug/elf"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var here = v1.Platform{OS: "linux", Architecture: runtime.GOARCH}

var repository = filepath.Join("..", "..", "..")

// musterSource is a copy of the repository, or of a copy, without what git does
// not keep.
func musterSource(t *testing.T, from string) source {
	t.Helper()
	to := t.TempDir()
	err := filepath.WalkDir(from, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if slices.Contains([]string{".git", "out", "bin", "scripts"}, relative) {
			if entry.IsDir() {
				return filepath.SkipDir
			}
			return nil // in a worktree .git is a file
		}
		if entry.IsDir() {
			return os.MkdirAll(filepath.Join(to, relative), 0o755)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, relative), content, 0o644)
	})
	require.NoError(t, err)
	return source{dir: to, version: "1.2.3", revision: "0123abcd", created: time.Unix(1700000000, 0).UTC()}
}

// unpacked is a file of an image, and where the test can read and run it.
type unpacked struct {
	*tar.Header
	path string
}

// content unpacks the files of an image as the container would see them.
func content(t *testing.T, image v1.Image) map[string]unpacked {
	t.Helper()
	all := map[string]unpacked{}
	dir := t.TempDir()
	stream := mutate.Extract(image)
	defer func() { assert.NoError(t, stream.Close()) }()
	for r := tar.NewReader(stream); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		require.NoError(t, err)
		require.NotContains(t, all, header.Name)
		file := unpacked{header, filepath.Join(dir, filepath.Base(header.Name))}
		all[header.Name] = file
		if header.Typeflag != tar.TypeReg {
			continue
		}
		raw, err := io.ReadAll(r)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(file.path, raw, 0o700))
	}
}

func TestImage(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("compiles the whole validation")
	}
	src := musterSource(t, repository)
	built, err := build(t.Context(), src, here, programs)
	require.NoError(t, err)
	files := content(t, built.image)

	t.Run("holds nothing else", func(t *testing.T) {
		var names []string
		for name, header := range files {
			names = append(names, name)
			assert.Zero(t, header.Uid, name)
			assert.True(t, header.ModTime.Equal(src.created), name)
			if name != "tmp" {
				assert.Zero(t, header.Mode&0o022, "%s can be written by others", name)
			}
		}
		assert.ElementsMatch(
			t,
			[]string{"muster", "muster-runner", "validation.test", "test2json", sbom, "etc", "etc/passwd", "etc/group",
				"etc/ssl", "etc/ssl/certs", "etc/ssl/certs/ca-certificates.crt", "tmp"},
			names,
		)
		assert.Equal(t, int64(0o1777), files["tmp"].Mode)
	})
	t.Run("runs as the chart expects", func(t *testing.T) {
		config, err := built.image.ConfigFile()
		require.NoError(t, err)
		assert.Equal(t, "1000:1000", config.Config.User)
		assert.Equal(t, []string{"/muster"}, config.Config.Entrypoint)
		assert.Equal(t, []string{"serve"}, config.Config.Cmd)
		assert.Equal(t, "linux", config.OS)
		assert.Equal(t, runtime.GOARCH, config.Architecture)
		assert.Equal(t, "1.2.3", config.Config.Labels["org.opencontainers.image.version"])
		assert.Equal(t, "0123abcd", config.Config.Labels["org.opencontainers.image.revision"])
	})
	t.Run("has static programs", func(t *testing.T) {
		for _, prog := range programs {
			binary, err := elf.Open(files[prog.name].path)
			require.NoError(t, err)
			libraries, err := binary.ImportedLibraries()
			assert.True(t, err != nil || len(libraries) == 0, "%v", libraries)
			assert.False(t, slices.ContainsFunc(binary.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }))
			assert.NoError(t, binary.Close())
			assert.Equal(t, int64(0o755), files[prog.name].Mode)
		}
		out, err := exec.CommandContext(t.Context(), files["muster"].path, "version").CombinedOutput()
		require.NoError(t, err, "%s", out)
		assert.Equal(t, "muster 1.2.3\n", string(out))
		out, err = exec.CommandContext(t.Context(), files["muster-runner"].path, "version").CombinedOutput()
		require.NoError(t, err, "%s", out)
		assert.Equal(t, "muster-runner 1.2.3\n", string(out))
		out, err = exec.CommandContext(t.Context(), files["validation.test"].path, "-test.list=.").CombinedOutput()
		require.NoError(t, err, "%s", out)
		assert.Contains(t, string(out), "TestNoToken\n")
		// The local deployment's Muster has the version of the suite that starts it.
		out, err = exec.CommandContext(t.Context(), files["validation.test"].path,
			"-test.v=test2json", "-env=local", "-test.run=^TestAuthenticated$").CombinedOutput()
		require.NoError(t, err, "%s", out)
		assert.Contains(t, string(out), "suite 1.2.3,")
		assert.Contains(t, string(out), " muster 1.2.3")
		events := exec.CommandContext(t.Context(), files["test2json"].path)
		events.Stdin = strings.NewReader("=== RUN   TestA\n--- PASS: TestA (0.00s)\nPASS\n")
		out, err = events.Output()
		require.NoError(t, err)
		assert.Contains(t, string(out), `"Action":"pass","Test":"TestA"`)
	})
	t.Run("trusts the public authorities", func(t *testing.T) {
		raw, err := os.ReadFile(files["etc/ssl/certs/ca-certificates.crt"].path)
		require.NoError(t, err)
		pool := x509.NewCertPool()
		require.True(t, pool.AppendCertsFromPEM(raw))
		assert.Greater(t, bytes.Count(raw, []byte("BEGIN CERTIFICATE")), 100)
	})
	t.Run("lists what is in it", func(t *testing.T) {
		raw, err := os.ReadFile(files[sbom].path)
		require.NoError(t, err)
		assert.Equal(t, built.sbom, raw, "the list beside the image")
		checkSBOM(t, raw, files["muster"].path)
	})
	t.Run("is reproducible", func(t *testing.T) {
		other := musterSource(t, src.dir)
		require.NotEqual(t, src.dir, other.dir)
		again, err := build(t.Context(), other, here, programs)
		require.NoError(t, err)
		assert.Equal(t, digest(t, built), digest(t, again))
		other.version = "1.2.4"
		changed, err := build(t.Context(), other, here, programs)
		require.NoError(t, err)
		assert.NotEqual(t, digest(t, built), digest(t, changed))
	})
}

func digest(t *testing.T, v variant) string {
	t.Helper()
	d, err := v.image.Digest()
	require.NoError(t, err)
	return d.String()
}

// checkSBOM compares the list with what the server's binary says itself, and
// looks in it for what only the validation has.
func checkSBOM(t *testing.T, raw []byte, server string) {
	t.Helper()
	var bom cdx.BOM
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(&bom))
	assert.Equal(t, cdx.SpecVersion1_6, bom.SpecVersion)
	needs := map[string][]string{}
	for _, d := range *bom.Dependencies {
		needs[d.Ref] = *d.Dependencies
	}
	info, err := buildinfo.ReadFile(server)
	require.NoError(t, err)
	want := []string{"pkg:golang/stdlib@" + strings.TrimPrefix(info.GoVersion, "go")}
	for _, m := range info.Deps {
		want = append(want, "pkg:golang/"+m.Path+"@"+m.Version)
	}
	assert.ElementsMatch(t, want, needs["muster"])
	assert.Equal(t, want[:1], needs["test2json"])
	var listed []string
	for _, c := range *bom.Components {
		listed = append(listed, c.BOMRef)
	}
	for program, refs := range needs {
		assert.Subset(t, listed, refs, program)
	}
	assert.True(t, slices.ContainsFunc(needs["validation.test"], func(ref string) bool {
		return strings.HasPrefix(ref, "pkg:golang/k8s.io/client-go@")
	}), "%v", needs["validation.test"])
}

func TestTooLargeIsRefused(t *testing.T) {
	t.Parallel()
	v := variant{platform: here}
	err := v.assemble(source{}, [][]file{{{name: "a", mode: 0o644, content: make([]byte, sizeLimit+1)}}})
	assert.ErrorContains(t, err, "more than 80000000")
}

func TestCompileErrorIsShown(t *testing.T) {
	t.Parallel()
	src := source{dir: t.TempDir()}
	require.NoError(t, os.WriteFile(filepath.Join(src.dir, "go.mod"), []byte("module example.org/broken\n"), 0o644))
	require.NoError(
		t,
		os.WriteFile(filepath.Join(src.dir, "main.go"), []byte("package main\nfunc main() { undefined() }\n"), 0o644),
	)
	_, err := build(context.WithoutCancel(t.Context()), src, here, []program{{name: "broken", pkg: "."}})
	assert.ErrorContains(t, err, "undefined: undefined")
}

func TestPackageWithoutTestsIsRefused(t *testing.T) {
	t.Parallel()
	src := source{dir: t.TempDir()}
	require.NoError(t, os.WriteFile(filepath.Join(src.dir, "go.mod"), []byte("module example.org/empty\n"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(src.dir, "main.go"), []byte("package main\nfunc main() {}\n"), 0o644))
	_, err := build(t.Context(), src, here, []program{{name: "empty.test", pkg: ".", test: true}})
	assert.ErrorContains(t, err, "nothing to compile")
}
