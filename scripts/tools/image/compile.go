package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// source describes the contents and the labels of an image.
type source struct {
	dir               string
	version, revision string
	created           time.Time
}

// describe asks git for version, revision and time of the source. The variables
// VERSION and SOURCE_DATE_EPOCH (https://reproducible-builds.org) come first.
// Without git and without them it is version 0.0.0 of 1970.
func describe(ctx context.Context, dir string) (source, error) {
	s := source{dir: dir, version: os.Getenv("VERSION"), revision: git(ctx, dir, "rev-parse", "HEAD")}
	if s.version == "" {
		s.version = strings.TrimPrefix(git(ctx, dir, "describe", "--tags", "--always", "--dirty"), "v")
	}
	if s.version == "" {
		s.version = "0.0.0"
	}
	epoch := os.Getenv("SOURCE_DATE_EPOCH")
	if epoch == "" {
		epoch = git(ctx, dir, "log", "-1", "--format=%ct")
	}
	if epoch == "" {
		epoch = "0"
	}
	seconds, err := strconv.ParseInt(epoch, 10, 64)
	if err != nil {
		return source{}, fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
	}
	s.created = time.Unix(seconds, 0).UTC()
	return s, nil
}

// git is one line of git's answer, empty if it has none.
func git(ctx context.Context, dir string, args ...string) string {
	cmd := exec.CommandContext(ctx, "git", args...) //nolint:gosec // all callers are above
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// program is one binary of the image.
type program struct {
	// name is that of the file, in the root folder.
	name string
	// pkg is the package, relative to the source, or of Go itself.
	pkg string
	// test: its tests are compiled, not its main function.
	test bool
}

var programs = []program{
	{name: "muster", pkg: "./muster/cmd/muster"},
	{name: "muster-runner", pkg: "./validation/runner/cmd/muster-runner"},
	{name: "validation.test", pkg: "./validation", test: true},
	// The runner reads the validation's events with it.
	{name: "test2json", pkg: "cmd/test2json"},
}

// compile makes the static binary of a program and returns its path in dir.
func compile(ctx context.Context, src source, p v1.Platform, prog program, dir string) (string, error) {
	file := filepath.Join(dir, prog.name)
	args := []string{"build"}
	if prog.test {
		args = []string{"test", "-c"}
	}
	args = append(args, "-trimpath", "-buildvcs=false",
		"-ldflags=-s -w -X main.version="+src.version+
			" -X github.com/lsst-sqre/muster/validation/verdict.Version="+src.version, "-o", file, prog.pkg)
	if _, err := goCommand(ctx, src, p, args...); err != nil {
		return "", err
	}
	if _, err := os.Stat(file); err != nil {
		return "", fmt.Errorf("%s has nothing to compile: %w", prog.pkg, err)
	}
	return file, nil
}

// goCommand runs go in the source for a platform and returns what it prints.
// Whatever could change the result is set here and not by the caller.
func goCommand(ctx context.Context, src source, p v1.Platform, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...) //nolint:gosec // arguments are of this package
	cmd.Dir = src.dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+p.OS, "GOARCH="+p.Architecture,
		"GOAMD64=v1", "GOARM64=v8.0", "GOFLAGS=", "GOEXPERIMENT=", "GODEBUG=", "GOWORK=off")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return strings.TrimSpace(string(out)), nil
}
