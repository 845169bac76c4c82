package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// layoutName is the folder with the image of all platforms, an OCI image
// layout.
const layoutName = "oci"

func baseName(p v1.Platform) string { return "muster-" + p.OS + "-" + p.Architecture }

// archiveName is what minikube, docker, podman and ctr load: the image of one
// platform.
func archiveName(p v1.Platform) string { return baseName(p) + ".tar" }

// write puts into the folder out: the layout, and for each platform an archive
// that names the image ref, and the bill of materials. It returns the digest of
// the index. What an earlier build has put there is gone.
func write(out, ref string, built []variant) (v1.Hash, error) {
	tag, err := name.NewTag(ref)
	if err != nil {
		return v1.Hash{}, err
	}
	old, err := filepath.Glob(filepath.Join(out, "muster-linux-*"))
	if err != nil {
		return v1.Hash{}, err
	}
	for _, path := range append(old, filepath.Join(out, layoutName)) {
		if err := os.RemoveAll(path); err != nil {
			return v1.Hash{}, err
		}
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return v1.Hash{}, err
	}
	index, err := newIndex(built)
	if err != nil {
		return v1.Hash{}, err
	}
	if _, err := layout.Write(filepath.Join(out, layoutName), index); err != nil {
		return v1.Hash{}, err
	}
	for _, v := range built {
		if err := tarball.WriteToFile(filepath.Join(out, archiveName(v.platform)), tag, v.image); err != nil {
			return v1.Hash{}, err
		}
		if err := os.WriteFile(filepath.Join(out, baseName(v.platform)+".cdx.json"), v.sbom, 0o644); err != nil {
			return v1.Hash{}, err
		}
	}
	return index.Digest()
}

// newIndex joins the images of all platforms.
func newIndex(built []variant) (v1.ImageIndex, error) {
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, v := range built {
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add: v.image, Descriptor: v1.Descriptor{Platform: &v.platform}})
	}
	config, err := built[0].image.ConfigFile()
	if err != nil {
		return nil, err
	}
	return mutate.Annotations(index, config.Config.Labels).(v1.ImageIndex), nil
}

// credentials reads the credentials of `docker login`.
func pushIndex(ctx context.Context, ref string, index v1.ImageIndex) (string, error) {
	target, err := name.ParseReference(strings.TrimSpace(ref), name.StrictValidation)
	if err != nil {
		return "", err
	}
	if err := remote.WriteIndex(
		target,
		index,
		remote.WithContext(ctx),
		remote.WithAuthFromKeychain(authn.DefaultKeychain),
	); err != nil {
		return "", fmt.Errorf("push to %s: %w", target, err)
	}
	digest, err := index.Digest()
	if err != nil {
		return "", err
	}
	return target.Context().Digest(digest.String()).String(), nil
}
