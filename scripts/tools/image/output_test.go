package main

import (
	"bytes"
	"context"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// hello builds a small image for two platforms into a folder.
func hello(t *testing.T) (out string, digest v1.Hash, built []variant) {
	t.Helper()
	platforms, err := parsePlatforms("linux/amd64, linux/arm64")
	require.NoError(t, err)
	src := source{dir: "testdata/hello", version: "1.2.3", created: time.Unix(1700000000, 0).UTC()}
	for _, p := range platforms {
		v, err := build(t.Context(), src, p, []program{{name: "hello", pkg: "."}, {name: "hello.test", pkg: ".", test: true}})
		require.NoError(t, err)
		built = append(built, v)
	}
	out = t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(out, "muster-linux-s390x.tar"), []byte("old"), 0o644))
	digest, err = write(out, "example.org/hello:dev", built)
	require.NoError(t, err)
	return out, digest, built
}

func TestOutput(t *testing.T) {
	t.Parallel()
	out, digest, built := hello(t)

	t.Run("layout", func(t *testing.T) {
		index, err := layout.ImageIndexFromPath(filepath.Join(out, layoutName))
		require.NoError(t, err)
		assert.NoError(t, validate.Index(index))
		got, err := index.Digest()
		require.NoError(t, err)
		assert.Equal(t, digest, got)
		manifest, err := index.IndexManifest()
		require.NoError(t, err)
		require.Len(t, manifest.Manifests, 2)
		assert.Equal(t, "amd64", manifest.Manifests[0].Platform.Architecture)
		assert.Equal(t, "arm64", manifest.Manifests[1].Platform.Architecture)
		assert.Equal(t, "1.2.3", manifest.Annotations["org.opencontainers.image.version"])
	})
	t.Run("archives", func(t *testing.T) {
		for _, v := range built {
			file := filepath.Join(out, archiveName(v.platform))
			tags, err := tarball.LoadManifest(func() (io.ReadCloser, error) { return os.Open(file) })
			require.NoError(t, err)
			require.Len(t, tags, 1)
			assert.Equal(t, []string{"example.org/hello:dev"}, tags[0].RepoTags)
			image, err := tarball.ImageFromPath(file, nil)
			require.NoError(t, err)
			assert.NoError(t, validate.Image(image))
			got, err := image.ConfigName()
			require.NoError(t, err)
			want, err := v.image.ConfigName()
			require.NoError(t, err)
			assert.Equal(t, want, got)
		}
		assert.NoFileExists(t, filepath.Join(out, "muster-linux-s390x.tar"), "of an earlier build")
	})
	t.Run("list of modules", func(t *testing.T) {
		for _, v := range built {
			raw, err := os.ReadFile(filepath.Join(out, baseName(v.platform)+".cdx.json"))
			require.NoError(t, err)
			assert.Equal(t, v.sbom, raw)
		}
	})
	t.Run("push", func(t *testing.T) {
		server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
		t.Cleanup(server.Close)
		repository := strings.TrimPrefix(server.URL, "http://") + "/lsst-sqre/muster"
		var stdout bytes.Buffer
		require.NoError(t, push(t.Context(), out, []string{repository + ":1.2.3", repository + ":latest"}, &stdout))
		pushed := repository + "@" + digest.String()
		assert.Equal(t, pushed+"\n"+pushed+"\n", stdout.String())
		for _, v := range built {
			reference, err := name.ParseReference(repository + ":1.2.3")
			require.NoError(t, err)
			image, err := remote.Image(reference, remote.WithPlatform(v.platform))
			require.NoError(t, err)
			assert.NoError(t, validate.Image(image))
			got, err := image.Digest()
			require.NoError(t, err)
			want, err := v.image.Digest()
			require.NoError(t, err)
			assert.Equal(t, want, got)
		}
	})
}

func TestReproducibleForEveryPlatform(t *testing.T) {
	t.Parallel()
	_, first, _ := hello(t)
	_, second, _ := hello(t)
	assert.Equal(t, first, second)
}

func TestPushNeedsAnImageAndATarget(t *testing.T) {
	t.Parallel()
	assert.ErrorContains(t, push(t.Context(), t.TempDir(), nil, io.Discard), "where to?")
	assert.ErrorContains(
		t,
		push(t.Context(), t.TempDir(), []string{"example.org/a:b"}, io.Discard),
		"run scripts/image build first",
	)
	out, _, _ := hello(t)
	assert.ErrorContains(t, push(t.Context(), out, []string{"muster"}, io.Discard), "could not parse reference",
		"a name without registry and tag would go to Docker Hub")
}

func TestLoad(t *testing.T) {
	folder := t.TempDir()
	script := "#!/bin/sh\necho \"$@\" >&2\n[ \"$1\" = --profile=ci ]\n"
	require.NoError(t, os.WriteFile(filepath.Join(folder, "minikube"), []byte(script), 0o755))
	t.Setenv("PATH", folder)
	var stderr bytes.Buffer
	require.NoError(t, load(t.Context(), options{out: "o", profile: "ci", ref: "example.org/a:dev"}, &stderr))
	assert.Equal(t, "--profile=ci image load o/"+archiveName(here)+"\nloaded example.org/a:dev into ci\n", stderr.String())
	assert.ErrorContains(t, load(t.Context(), options{out: "o", profile: "other"}, io.Discard), "minikube does not load")
}

func TestCommandLine(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		nil,
		{"publish"},
		{"build", "-platform=windows/amd64"},
		{"build", "-platform="},
		{"build", "extra"},
		{"load", "-platform=linux/amd64"},
		{"push"},
	} {
		assert.Error(t, run(context.Background(), args, io.Discard, io.Discard), "%q", args)
	}
}

func TestDescribe(t *testing.T) {
	t.Setenv("VERSION", "4.5.6")
	t.Setenv("SOURCE_DATE_EPOCH", "1600000000")
	src, err := describe(t.Context(), t.TempDir())
	require.NoError(t, err)
	assert.Equal(t, "4.5.6", src.version)
	assert.Equal(t, "2020-09-13T12:26:40Z", src.created.Format(time.RFC3339))

	t.Setenv("VERSION", "")
	t.Setenv("SOURCE_DATE_EPOCH", "")
	t.Setenv("GIT_CEILING_DIRECTORIES", os.TempDir())
	src, err = describe(t.Context(), t.TempDir())
	require.NoError(t, err)
	assert.Equal(t, "0.0.0", src.version)
	assert.Empty(t, src.revision)
	assert.Equal(t, int64(0), src.created.Unix())

	t.Setenv("SOURCE_DATE_EPOCH", "yesterday")
	_, err = describe(t.Context(), t.TempDir())
	assert.ErrorContains(t, err, "SOURCE_DATE_EPOCH")
}
