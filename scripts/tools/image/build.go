package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

const (
	// sizeLimit in bytes of all files of an image together.
	sizeLimit = 80e6
	// user is whom the chart names as well: not root, and a number, because
	// Kubernetes cannot tell from a name that it is not root.
	user = "1000:1000"
	sbom = "muster.cdx.json"
)

// variant is the image for one platform.
type variant struct {
	platform v1.Platform
	image    v1.Image
	// sbom is CycloneDX as JSON; modules counts what it lists.
	sbom    []byte
	modules int
	// size in bytes of all files.
	size int64
}

// build compiles the programs for a platform and puts them into an image: a
// layer for the base, one for each program, one for the bill of materials.
func build(ctx context.Context, src source, p v1.Platform, programs []program) (variant, error) {
	dir, err := os.MkdirTemp("", "muster-image-")
	if err != nil {
		return variant{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // nothing depends on it
	authorities, err := certificates()
	if err != nil {
		return variant{}, err
	}
	folders := [][]file{base(authorities)}
	for _, prog := range programs {
		binary, err := compile(ctx, src, p, prog, dir)
		if err != nil {
			return variant{}, err
		}
		content, err := os.ReadFile(binary)
		if err != nil {
			return variant{}, err
		}
		folders = append(folders, []file{{name: filepath.Base(binary), mode: 0o755, content: content}})
	}
	v := variant{platform: p}
	if v.sbom, v.modules, err = billOfMaterials(ctx, src, p, programs); err != nil {
		return variant{}, err
	}
	folders = append(folders, []file{{name: sbom, mode: 0o644, content: v.sbom}})
	return v, v.assemble(src, folders)
}

// assemble makes the image of its layers.
func (v *variant) assemble(src source, folders [][]file) error {
	var addenda []mutate.Addendum
	for _, files := range folders {
		layer, err := newLayer(files, src.created)
		if err != nil {
			return err
		}
		for _, f := range files {
			v.size += int64(len(f.content))
		}
		addenda = append(addenda, mutate.Addendum{Layer: layer, MediaType: types.OCILayer,
			History: v1.History{Created: v1.Time{Time: src.created}, CreatedBy: "scripts/image: " + files[len(files)-1].name}})
	}
	if v.size > sizeLimit {
		return fmt.Errorf("the image for %s has %d bytes, more than %d", v.platform, v.size, int64(sizeLimit))
	}
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	image, err := mutate.Append(image, addenda...)
	if err != nil {
		return err
	}
	config, err := image.ConfigFile()
	if err != nil {
		return err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture = v.platform.OS, v.platform.Architecture
	config.Created = v1.Time{Time: src.created}
	config.Config = v1.Config{
		User:         user,
		WorkingDir:   "/",
		Entrypoint:   []string{"/muster"},
		Cmd:          []string{"serve"},
		Env:          []string{"PATH=/", "HOME=/tmp"},
		ExposedPorts: map[string]struct{}{"8080/tcp": {}},
		Labels:       labels(src),
	}
	v.image, err = mutate.ConfigFile(image, config)
	return err
}

// labels returns the labels of the OCI image specification. The index has them
// as annotations.
func labels(src source) map[string]string {
	all := map[string]string{
		"org.opencontainers.image.title":       "Muster",
		"org.opencontainers.image.description": "Checks of a Phalanx deployment: the server and the validation",
		"org.opencontainers.image.licenses":    "MIT",
		"org.opencontainers.image.source":      "https://github.com/lsst-sqre/muster",
		"org.opencontainers.image.version":     src.version,
		"org.opencontainers.image.created":     src.created.Format("2006-01-02T15:04:05Z"),
	}
	if src.revision != "" {
		all["org.opencontainers.image.revision"] = src.revision
	}
	return all
}
