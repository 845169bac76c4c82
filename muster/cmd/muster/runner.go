package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"

	"github.com/lsst-sqre/muster/muster"
	"github.com/lsst-sqre/muster/muster/runner"
)

// runValidation is the command runner: 0 for success, 1 if serving failed, 2
// for a bad configuration.
func runValidation(ctx context.Context, environ []string, stdout, stderr io.Writer) int {
	fail := func(err error, code int) int {
		fmt.Fprintln(stderr, "muster:", strings.ReplaceAll(err.Error(), "\n", "; "))
		return code
	}
	cfg, err := runner.ConfigFromEnvironment(environ)
	if err != nil {
		return fail(err, 2)
	}
	cfg.Version = buildVersion()
	lines := muster.NewLogBuffer(stdout)
	defer func() { _ = lines.Flush() }() // nobody is left to be told
	log := muster.NewLogger(muster.Config{LogLevel: cfg.LogLevel, LogProfile: cfg.LogProfile}, lines)
	slog.SetDefault(log)
	observers, err := runner.NewObservers(cfg, log)
	if err != nil {
		return fail(err, 2)
	}
	cfg.Metrics = observers.Metrics()
	r, err := runner.New(cfg, log, observers.All()...)
	if err != nil {
		return fail(err, 2)
	}
	public, err := net.Listen("tcp", cfg.Address)
	if err != nil {
		return fail(fmt.Errorf("MUSTER_ADDRESS: %w", err), 1)
	}
	var internal net.Listener
	if cfg.InternalAddress != "" {
		if internal, err = net.Listen("tcp", cfg.InternalAddress); err != nil {
			_ = public.Close() // the process ends anyway
			return fail(fmt.Errorf("MUSTER_INTERNAL_ADDRESS: %w", err), 1)
		}
	}
	delivering, stop := context.WithCancel(context.WithoutCancel(ctx))
	var delivery sync.WaitGroup
	delivery.Go(func() { observers.Deliver(delivering) })
	defer func() { stop(); delivery.Wait() }() // the last run ends with Serve
	log.Info("the runner is listening", "version", cfg.Version, "address", public.Addr().String(), "prefix", cfg.PathPrefix)
	if err := r.Serve(ctx, public, internal); err != nil {
		log.Error("the runner stopped", "error", err)
		return 1
	}
	log.Info("the runner stopped", "cause", context.Cause(ctx))
	return 0
}
