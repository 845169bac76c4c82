package main

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// billOfMaterials lists, in CycloneDX, every module that is compiled into the
// programs. It also counts them.
func billOfMaterials(
	ctx context.Context,
	src source,
	p v1.Platform,
	programs []program,
) (document []byte, modules int, err error) {
	libraries := map[string]cdx.Component{}
	var components []cdx.Component
	var dependencies []cdx.Dependency
	for _, prog := range programs {
		components = append(
			components,
			cdx.Component{BOMRef: prog.name, Type: cdx.ComponentTypeApplication, Name: prog.name, Version: src.version},
		)
		compiledIn, err := modulesOf(ctx, src, p, prog)
		if err != nil {
			return nil, 0, err
		}
		var needs []string
		for _, m := range compiledIn {
			libraries[m.BOMRef] = m
			needs = append(needs, m.BOMRef)
		}
		dependencies = append(dependencies, cdx.Dependency{Ref: prog.name, Dependencies: &needs})
	}
	sorted := slices.SortedFunc(
		maps.Values(libraries),
		func(a, b cdx.Component) int { return cmp.Compare(a.BOMRef, b.BOMRef) },
	)
	components = append(components, sorted...)
	bom := cdx.NewBOM()
	bom.Metadata = &cdx.Metadata{
		Timestamp: src.created.Format("2006-01-02T15:04:05Z"),
		Component: &cdx.Component{BOMRef: "image", Type: cdx.ComponentTypeContainer, Name: "muster", Version: src.version},
	}
	bom.Components, bom.Dependencies = &components, &dependencies
	var text bytes.Buffer
	encoder := cdx.NewBOMEncoder(&text, cdx.BOMFileFormatJSON).SetPretty(true)
	err = encoder.EncodeVersion(bom, cdx.SpecVersion1_6)
	return text.Bytes(), len(libraries), err
}

// modulesOf are the modules of a program, sorted. Go is asked and not the
// binary: that of tests does not say what is in it.
func modulesOf(ctx context.Context, src source, p v1.Platform, prog program) ([]cdx.Component, error) {
	const module = `{{with .Module}}{{if not .Main}}{{with .Replace}}{{.Path}} {{.Version}}{{else}}{{.Path}} ` +
		`{{.Version}}{{end}}{{end}}{{end}}`
	args := []string{"list", "-deps", "-f", module}
	if prog.test {
		args = append(args, "-test")
	}
	version, err := goCommand(ctx, src, p, "env", "GOVERSION")
	if err != nil {
		return nil, err
	}
	list, err := goCommand(ctx, src, p, append(args, prog.pkg)...)
	if err != nil {
		return nil, err
	}
	lines := strings.Split(list, "\n")
	slices.Sort(lines)
	all := []cdx.Component{library("stdlib", strings.TrimPrefix(version, "go"))}
	for _, line := range slices.Compact(lines) {
		if path, version, ok := strings.Cut(line, " "); ok {
			all = append(all, library(path, version))
		}
	}
	return all, nil
}

func library(path, version string) cdx.Component {
	url := "pkg:golang/" + path + "@" + strings.ReplaceAll(version, "+", "%2B")
	return cdx.Component{BOMRef: url, Type: cdx.ComponentTypeLibrary, Name: path, Version: version, PackageURL: url}
}
