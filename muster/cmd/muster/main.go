// Command muster is the Muster server, and the runner of the validation.
//
//	muster serve      answer for the probes; configured by MUSTER_* variables
//	muster runner     run the validation on request and on a schedule; likewise
//	muster version    print the version
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"

	"github.com/lsst-sqre/muster/muster"
	"github.com/lsst-sqre/muster/muster/daemon"
	"github.com/lsst-sqre/muster/validation/runner"
)

// version is set with -ldflags "-X main.version=1.2.3"; else the module's own
// version, or its revision, tells.
var version string

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// memoryTarget in bytes is where the garbage collector begins to work harder,
// unless GOMEMLIMIT says otherwise. The server needs a fraction of it, but for
// those who attack it.
const memoryTarget = 96 << 20

const usage = "usage: muster serve | muster runner | muster version"

// run is the command: 0 for success, 1 if serving failed, 2 for bad usage or
// configuration.
func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) int {
	if len(args) > 1 && slices.Contains([]string{"-h", "-help", "--help"}, args[1]) {
		return help(args[0], stdout, stderr)
	}
	if len(args) != 1 {
		fmt.Fprintln(stderr, usage)
		return 2
	}
	switch args[0] {
	case "serve":
		return serve(ctx, environ, stdout, stderr)
	case "runner":
		return runValidation(ctx, environ, stdout, stderr)
	case "version", "-version", "--version":
		fmt.Fprintln(stdout, "muster", buildVersion())
		return 0
	case "help", "-h", "-help", "--help":
		fmt.Fprintln(stdout, usage)
		return 0
	default:
		fmt.Fprintf(stderr, "muster: %q is not a command; %s\n", args[0], usage)
		return 2
	}
}

// help lists what configures a command.
func help(command string, stdout, stderr io.Writer) int {
	variables := map[string][]string{"serve": muster.Variables(), "runner": runner.Variables()}[command]
	if variables == nil {
		fmt.Fprintln(stderr, usage)
		return 2
	}
	of := map[string]string{"serve": "muster", "runner": "validation/runner"}[command]
	fmt.Fprintf(stdout, "usage: muster %s\n\nThese variables of the environment configure it; go doc ./%s Config tells what each means:\n  %s\n",
		command, of, strings.Join(variables, "\n  "))
	return 0
}

// serve is the server.
func serve(ctx context.Context, environ []string, stdout, stderr io.Writer) int {
	cfg, err := muster.ConfigFromEnvironment(environ)
	if err != nil {
		return fail(stderr, err, 2)
	}
	cfg.Version = buildVersion()
	log, flush := logTo(stdout, cfg)
	defer flush()
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryTarget)
	}
	server, err := muster.New(cfg, log)
	if err != nil {
		return fail(stderr, err, 2)
	}
	return service{"muster", server.Serve, cfg.Address, cfg.InternalAddress, cfg.PathPrefix, log}.run(ctx, stderr)
}

// runValidation is the runner.
func runValidation(ctx context.Context, environ []string, stdout, stderr io.Writer) int {
	cfg, err := runner.ConfigFromEnvironment(environ)
	if err != nil {
		return fail(stderr, err, 2)
	}
	cfg.Version = buildVersion()
	log, flush := logTo(stdout, muster.Config{LogLevel: cfg.LogLevel, LogProfile: cfg.LogProfile})
	defer flush()
	r, err := runner.New(cfg, log)
	if err != nil {
		return fail(stderr, err, 2)
	}
	return service{"the runner", r.Serve, cfg.Address, cfg.InternalAddress, cfg.PathPrefix, log}.run(ctx, stderr)
}

// service is what there is to run when all is configured.
type service struct {
	name                             string
	serve                            func(ctx context.Context, public, internal net.Listener) error
	address, internalAddress, prefix string
	log                              *slog.Logger
}

// run listens and serves until ctx ends.
func (s service) run(ctx context.Context, stderr io.Writer) int {
	public, internal, err := daemon.Listeners(s.address, s.internalAddress)
	if err != nil {
		return fail(stderr, err, 1)
	}
	inside := ""
	if internal != nil {
		inside = internal.Addr().String()
	}
	s.log.Info(s.name+" is listening", "version", buildVersion(), "address", public.Addr().String(), "internal_address", inside, "prefix", s.prefix)
	if err := s.serve(ctx, public, internal); err != nil {
		s.log.Error(s.name+" stopped", "error", err)
		return 1
	}
	s.log.Info(s.name+" stopped", "cause", context.Cause(ctx))
	return 0
}

// logTo makes the log. Flush it at the end.
func logTo(stdout io.Writer, cfg muster.Config) (log *slog.Logger, flush func()) {
	lines := muster.NewLogBuffer(stdout)
	log = muster.NewLogger(cfg, lines)
	// net/http says through the standard logger what else came from Gafaelfawr
	// than the answer, which may have a secret in it.
	slog.SetDefault(log)
	return log, func() { _ = lines.Flush() } // nobody is left to be told
}

// fail says in one line what is wrong.
func fail(stderr io.Writer, err error, code int) int {
	fmt.Fprintln(stderr, "muster:", strings.ReplaceAll(err.Error(), "\n", "; "))
	return code
}

func buildVersion() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if info.Main.Version != "" && info.Main.Version != "(devel)" {
		return strings.TrimPrefix(info.Main.Version, "v")
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return "0.0.0+" + s.Value[:min(12, len(s.Value))]
		}
	}
	return "0.0.0"
}
