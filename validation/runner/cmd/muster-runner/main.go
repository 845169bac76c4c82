// Command muster-runner runs the validation on request and on a schedule.
//
//	muster-runner            run; configured by MUSTER_* variables
//	muster-runner version    print the version
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/lsst-sqre/muster/muster/daemon"
	"github.com/lsst-sqre/muster/validation/runner"
)

// version is set with -ldflags "-X main.version=1.2.3".
var version string

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

const usage = "muster-runner | muster-runner version"

// run is the command: 0 for success, 1 if serving failed, 2 for bad usage or
// configuration.
func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) int {
	command := ""
	if len(args) == 1 {
		command = args[0]
	}
	switch {
	case len(args) == 0:
		return serve(ctx, environ, stdout, stderr)
	case command == "version", command == "-version", command == "--version":
		fmt.Fprintln(stdout, "muster-runner", daemon.Version(version))
		return 0
	case command == "help", command == "-h", command == "-help", command == "--help":
		daemon.WriteVariables(stdout, usage, "validation/runner", runner.Variables())
		return 0
	default:
		fmt.Fprintln(stderr, "usage:", usage)
		return 2
	}
}

func serve(ctx context.Context, environ []string, stdout, stderr io.Writer) int {
	cfg, err := runner.ConfigFromEnvironment(environ)
	if err != nil {
		return daemon.Fail(stderr, err, 2)
	}
	cfg.Version = daemon.Version(version)
	log := daemon.NewLogger(stdout, cfg.LogLevel, cfg.LogProfile)
	// net/http logs through the standard logger what it received after an answer,
	// which may contain a secret.
	slog.SetDefault(log)
	r, err := runner.New(cfg, log)
	if err != nil {
		return daemon.Fail(stderr, err, 2)
	}
	return daemon.Command{
		Name: "the runner", Version: cfg.Version, Address: cfg.Address, InternalAddress: cfg.InternalAddress,
		Prefix: cfg.PathPrefix, Serve: r.Serve, Log: log,
	}.Run(ctx, stderr)
}
