package suite

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/invariants"
	"github.com/lsst-sqre/muster/validation/kubernetes"
	"github.com/lsst-sqre/muster/validation/preconditions"
	"github.com/lsst-sqre/muster/validation/runbook"
)

// Main loads the environment, runs the checks, cleans up and returns the exit
// code. diagnose finds the causes of failures; nil finds none.
func Main(m *testing.M, local Local, diagnose Diagnose) int {
	var o Options
	o.register(flag.CommandLine)
	if code, ended := readFlags(); ended {
		return code
	}
	o.resolve()
	o.checks = runbook.Checks(local.Runbook)
	if code, printed := o.print(m, local); printed {
		return code
	}
	started := time.Now()
	ctx, stop := runContext(started)
	defer stop()
	r, closeLocal, err := prepare(ctx, o, local)
	if err != nil {
		return refuse(err)
	}
	defer closeLocal()
	r.closeLocal = closeLocal
	if o.Revoke != "" {
		return r.revokeLeftovers(o.Revoke)
	}
	if err := r.takeJournals(); err != nil {
		return refuse(err)
	}
	current, r.diagnose = r, diagnose
	defer r.guard(started)()
	if o.Wait > 0 {
		if err := r.await(os.Stderr); err != nil {
			return refuse(err)
		}
	}
	r.protect(ctx, os.Stderr)
	setDefaultParallelism()
	boundMemory()
	code := m.Run()
	code = r.end(code != 0, time.Since(started))
	if o.Hold {
		r.hold()
	}
	return code
}

// print carries out the flags that print something instead of running checks. printed
// is false if there are none.
func (o Options) print(m *testing.M, local Local) (code int, printed bool) {
	switch {
	case o.Fault == "list":
		local.listFaults(os.Stdout)
		return 0, true
	case flag.Lookup("test.list").Value.String() != "":
		return m.Run(), true
	case o.Role != "":
		if err := o.printRole(os.Stdout); err != nil {
			return refuse(err), true
		}
		return 0, true
	case o.Explain == aboutEnvironment:
		env, err := o.load()
		if err != nil {
			return refuse(err), true
		}
		return explain(m, o, env, os.Stdout), true
	case o.Explain != "":
		return explainCheck(os.Stdout, local.Runbook, o.Explain), true
	}
	return 0, false
}

// end revokes the remaining tokens and prints how the run ended. It returns the
// exit code of the process.
func (r *run) end(failed bool, took time.Duration) int {
	leftovers := append(r.Tokens.RevokeAll(r.ctx), r.results.leftovers...)
	return publish(os.Stdout, r.conclude(failed, leftovers, took))
}

// runContext ends on a signal, when the terminal is gone, or so long before go
// test's own deadline that tokens can still be revoked. At its deadline go test
// kills the process without any clean-up.
func runContext(started time.Time) (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	// The reader of the output may be gone, for example a go test that was
	// killed. This process must live on to revoke its tokens.
	signal.Ignore(syscall.SIGPIPE)
	timeout := testTimeout()
	if timeout == 0 {
		return ctx, stop
	}
	margin := endMargin(timeout)
	cause := fmt.Errorf("-timeout %s was nearly over", timeout)
	ctx, cancel := context.WithDeadlineCause(ctx, started.Add(timeout-margin), cause)
	return ctx, func() { cancel(); stop() }
}

// prepare returns a run that can send requests, and what ends its local deployment.
func prepare(ctx context.Context, o Options, local Local) (*run, func(), error) {
	env, err := o.load()
	if err != nil {
		return nil, nil, err
	}
	if o.Fault != "" && !env.Local {
		return nil, nil, fmt.Errorf("-fault is for -env=local: nothing is broken on purpose in environment %q", env.Name)
	}
	if err := o.holdable(env); err != nil {
		return nil, nil, err
	}
	r := newRun(ctx, env, o)
	r.strict = o.Strict || env.AdviceFails
	r.ctx = client.OnFlap(ctx, r.keepFlap)
	r.Kube = sync.OnceValues(func() (*kubernetes.Client, error) { return kubernetes.New(env) })
	closeLocal := func() {}
	var extraCA []byte
	if env.Local {
		closeLocal, err = r.startLocal(ctx, local)
		extraCA = r.localCA
	} else {
		extraCA, err = readCA(env.CA)
	}
	if err != nil {
		return nil, nil, err
	}
	if r.Client, err = client.New(env, extraCA); err != nil {
		closeLocal()
		return nil, nil, err
	}
	if o.Write {
		r.Client.Retries.Reloads(canaryReloads)
	}
	r.makeTokens()
	r.invariants = invariants.New(env, r.Tokens.Owner)
	r.Client.Observe(r.invariants.Observe)
	r.preconditions = preconditions.New(&r.Access)
	return r, closeLocal, nil
}

// startLocal starts the local deployment. It outlives an interrupt, because tokens must
// be revoked.
func (r *run) startLocal(ctx context.Context, local Local) (end func(), err error) {
	d, err := local.Start(context.WithoutCancel(ctx), r.options.Fault)
	if err != nil {
		return nil, fmt.Errorf("the local deployment does not start: %w", err)
	}
	r.Env.Address, r.Env.HTTPAddress = d.Address, d.HTTPAddress
	r.serviceAddress, r.addresses, r.localCA = d.ServiceAddress, d.Addresses, d.CA
	r.Kube = func() (*kubernetes.Client, error) { return kubernetes.NewLocal(d.Kubernetes, d.Logs), nil }
	return func() { _ = d.Close() }, nil // the process ends then anyway
}

// readCA reads the certificate authority of an environment, nil if path is "".
func readCA(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the file that `ca` names: %w", err)
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil, fmt.Errorf("the file that `ca` names, %s, is empty: it must hold the authority's certificate in PEM",
			path)
	}
	return raw, nil
}

// canaryReloads is how often the ingress reloads for the object of -write: when it is
// made, and when it is removed.
const canaryReloads = 2

// setDefaultParallelism lets many checks wait for answers at the same time,
// because the deployment does the work and not this machine. -parallel
// overrides it.
func setDefaultParallelism() {
	explicit := false
	flag.Visit(func(f *flag.Flag) { explicit = explicit || f.Name == "test.parallel" })
	if !explicit {
		_ = flag.Set("test.parallel", "16") // a number, so it cannot fail
	}
}

// memoryTarget in bytes is where the garbage collector begins to work harder,
// unless GOMEMLIMIT says otherwise. Only a deployment that attacks makes a run
// need so much, or one of many thousand objects.
const memoryTarget = 80 << 20

func boundMemory() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryTarget)
	}
}
