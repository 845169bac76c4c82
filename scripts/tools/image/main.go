// Command image builds Muster's container image without a container engine:
// for amd64 and arm64, with the server, the compiled validation and Go's
// test2json, and nothing else but certificate authorities and a list of what is
// in it.
//
//	image build [-ref NAME:TAG] [-platform linux/amd64,linux/arm64] [-out DIR]
//	image load  [-ref NAME:TAG] [-profile PROFILE]
//	image push  REF [REF...] [-out DIR]
//
// It is run by scripts/image, in the root of the repository. The same source,
// version, time and Go release give the same digest on every machine.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

const usage = "usage: scripts/image build | load | push REF [REF...]; -h after the command lists its options"

// options of all commands; each command defines its own subset.
type options struct {
	ref, platforms, out, profile string
}

// run is the command. Digests and references go to stdout, progress to stderr.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) == 0 {
		return errors.New(usage)
	}
	var o options
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.out, "out", "out/image", "the `folder` of what was built")
	switch args[0] {
	case "build":
		flags.StringVar(&o.ref, "ref", defaultRef, "the `name` of the image in the archives")
		flags.StringVar(&o.platforms, "platform", "linux/amd64,linux/arm64", "the `platforms` to build for")
	case "load":
		flags.StringVar(&o.ref, "ref", defaultRef, "the `name` of the image in minikube")
		flags.StringVar(&o.profile, "profile", "minikube", "the `profile` of minikube")
		o.platforms = "linux/" + runtime.GOARCH
	case "push":
	case "help", "-h", "-help", "--help":
		_, err := fmt.Fprintln(stdout, usage)
		return err
	default:
		return fmt.Errorf("%q is not a command; %s", args[0], usage)
	}
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	if args[0] == "push" {
		return push(ctx, o.out, flags.Args(), stdout)
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if err := buildAll(ctx, o, stdout, stderr); err != nil || args[0] == "build" {
		return err
	}
	return load(ctx, o, stderr)
}

// defaultRef is what the chart calls the image, with a tag that is never
// published.
const defaultRef = "ghcr.io/lsst-sqre/muster-go:dev"

func buildAll(ctx context.Context, o options, stdout, stderr io.Writer) error {
	platforms, err := parsePlatforms(o.platforms)
	if err != nil {
		return err
	}
	src, err := describe(ctx, ".")
	if err != nil {
		return err
	}
	fmt.Fprintf(stderr, "version %s, created %s\n", src.version, src.created.Format("2006-01-02T15:04:05Z07:00"))
	var built []variant
	for _, p := range platforms {
		fmt.Fprintf(stderr, "building for %s\n", p)
		v, err := build(ctx, src, p, programs)
		if err != nil {
			return err
		}
		fmt.Fprintf(stderr, "  %.1f MB, %d modules\n", float64(v.size)/1e6, v.modules)
		built = append(built, v)
	}
	digest, err := write(o.out, o.ref, built)
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, digest)
	return nil
}

func parsePlatforms(list string) ([]v1.Platform, error) {
	var all []v1.Platform
	for p := range strings.SplitSeq(list, ",") {
		os, arch, ok := strings.Cut(strings.TrimSpace(p), "/")
		if !ok || os != "linux" || arch == "" {
			return nil, fmt.Errorf("%q is not a platform such as linux/arm64", p)
		}
		all = append(all, v1.Platform{OS: os, Architecture: arch})
	}
	return all, nil
}

// load hands the archive to minikube, which knows the way into the container
// runtime that the profile has.
func load(ctx context.Context, o options, stderr io.Writer) error {
	file := filepath.Join(o.out, archiveName(v1.Platform{OS: "linux", Architecture: runtime.GOARCH}))
	cmd := exec.CommandContext(
		ctx,
		"minikube",
		"--profile="+o.profile,
		"image",
		"load",
		file,
	) //nolint:gosec // the caller's own profile and folder
	cmd.Stdout, cmd.Stderr = stderr, stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("minikube does not load %s: %w", file, err)
	}
	fmt.Fprintf(stderr, "loaded %s into %s\n", o.ref, o.profile)
	return nil
}

// push sends what was built to registries, as it is: nothing is built again.
func push(ctx context.Context, out string, refs []string, stdout io.Writer) error {
	if len(refs) == 0 {
		return errors.New("push: where to? " + usage)
	}
	index, err := layout.ImageIndexFromPath(filepath.Join(out, layoutName))
	if err != nil {
		return fmt.Errorf("nothing to push; run scripts/image build first: %w", err)
	}
	for _, ref := range refs {
		pushed, err := pushIndex(ctx, ref, index)
		if err != nil {
			return err
		}
		fmt.Fprintln(stdout, pushed)
	}
	return nil
}
