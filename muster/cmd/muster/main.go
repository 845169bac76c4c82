// Command muster is the Muster server.
//
//	muster serve      answer for the probes; configured by MUSTER_* variables
//	muster version    print the version
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"syscall"

	"github.com/lsst-sqre/muster/muster"
	"github.com/lsst-sqre/muster/muster/daemon"
)

// version is set with -ldflags "-X main.version=1.2.3".
var version string

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// memoryTarget in bytes is where the garbage collector begins to work harder,
// unless GOMEMLIMIT says otherwise. Only an attack makes the server need so much.
const memoryTarget = 44 << 20

const usage = "usage: muster serve | muster version"

// run is the command: 0 for success, 1 if serving failed, 2 for bad usage or
// configuration.
func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) int {
	helps := []string{"-h", "-help", "--help"}
	if len(args) == 2 && args[0] == "serve" && slices.Contains(helps, args[1]) { //nolint:gosec // there are two
		daemon.WriteVariables(stdout, "muster serve", "muster", muster.Variables())
		return 0
	}
	if len(args) != 1 {
		fmt.Fprintln(stderr, usage)
		return 2
	}
	switch args[0] {
	case "serve":
		return serve(ctx, environ, stdout, stderr)
	case "version", "-version", "--version":
		fmt.Fprintln(stdout, "muster", daemon.Version(version))
		return 0
	case "help", "-h", "-help", "--help":
		fmt.Fprintln(stdout, usage)
		return 0
	default:
		fmt.Fprintf(stderr, "muster: %q is not a command; %s\n", args[0], usage)
		return 2
	}
}

// serve is the server.
func serve(ctx context.Context, environ []string, stdout, stderr io.Writer) int {
	cfg, err := muster.ConfigFromEnvironment(environ)
	if err != nil {
		return daemon.Fail(stderr, err, 2)
	}
	cfg.Version = daemon.Version(version)
	log := daemon.NewLogger(stdout, cfg.LogLevel, cfg.LogProfile)
	// net/http logs through the standard logger what it received after an answer,
	// which may contain a secret.
	slog.SetDefault(log)
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryTarget)
	}
	server, err := muster.New(cfg, log)
	if err != nil {
		return daemon.Fail(stderr, err, 2)
	}
	return daemon.Command{
		Name: "muster", Version: cfg.Version, Address: cfg.Address, InternalAddress: cfg.InternalAddress,
		Prefix: cfg.PathPrefix, Serve: server.Serve, Log: log,
	}.Run(ctx, stderr)
}
