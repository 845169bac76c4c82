package suite

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"k8s.io/client-go/dynamic"

	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/kubernetes"
)

// Exit codes of a run besides 0: a check failed, or the run says nothing about
// the deployment (bad input, something missing that all checks need).
const (
	exitFail       = 1
	exitIncomplete = 2
)

var (
	envFlag    = flag.String("env", "local", "the `environment`: a name in fixtures/environments, the path of a file or, with -phalanx, the name that Phalanx has for it")
	strictFlag = flag.Bool("strict", false, "advice fails the run")
	faultFlag  = flag.String("fault", "", "with -env=local, the `id` or name of a fault that the deployment has; list lists them")

	phalanxFlag  = flag.String("phalanx", "", "a checkout of Phalanx, `DIR`: its Git says what the environment must have; a file stands over it, key by key")
	contextFlag  = flag.String("context", "", "the `context` of the kubeconfig to ask Kubernetes with, in place of kubernetes.context")
	writeFlag    = flag.Bool("write", false, "also run the checks that make objects in the cluster; they remove them")
	settleFlag   = flag.Duration("settle", time.Minute, "how long Gafaelfawr's operator and the ingress controller may take with a new object; recorded: 4s")
	evidenceFlag = flag.String("evidence", "", "`DIR` for what Kubernetes knows when a check fails: events, pods, ends of logs")
	waitFlag     = flag.Duration("wait", 0, "first wait at most so long until Argo CD reports the environment's applications healthy and their paths are served")

	leftoversFlag = flag.String("leftovers", "", "note in this `file` which tokens are made, without the tokens, until they are revoked; what a killed run left in it is revoked, too")
	revokeFlag    = flag.String("revoke", "", "revoke the tokens that a run with -leftovers=`file` left when it was killed, and end")
	explainFlag   = flag.Bool("explain", false, "send no request: print the environment that was read, with the source of each line, and which checks would run (with go test: -v)")
	roleFlag      = flag.String("role", "", "print the role that the suite needs in the cluster, for an account in this `namespace`, and end")
)

// Local starts the deployment of an environment that says local: true.
type Local struct {
	// Start starts it with a fault, or healthy if fault is empty.
	Start func(ctx context.Context, fault string) (*Deployment, error)
	// Faults are the faults that there are, a line each.
	Faults []string
}

// Deployment is one that was started for this run.
type Deployment struct {
	Address, HTTPAddress string
	// Addresses are all that DNS would have for its host, Address among them.
	Addresses []string
	// CA is the PEM of the authority to trust.
	CA         []byte
	Kubernetes dynamic.Interface
	// Logs answers requests for the logs of pods, as an API server does.
	Logs http.RoundTripper
	// ServiceAddress is where a pod gets that connects to a service,
	// namespace/name.
	ServiceAddress func(service string) (string, bool)
	Close          func() error
}

// run is the state that all checks of one process share.
type run struct {
	env    *Environment
	ctx    context.Context
	strict bool
	client *client.Client
	kube   func() (*kubernetes.Client, error)
	tokens *treasury
	ledger *ledger
	gates  gates
	// rounds counts how often each check was begun.
	rounds sync.Map
	// plan is set where the checks are only listed.
	plan *plan
	// addresses stand in for those of DNS, where the deployment is local.
	addresses []string
	// lists are those of Kubernetes objects that were asked for.
	lists sync.Map
	// serviceAddress replaces the cluster's DNS for a local deployment.
	serviceAddress func(service string) (string, bool)
}

// current is set by Main before any check starts; go test has no other way to
// hand something to a test function.
var current *run

// Main loads the environment, runs the checks, cleans up and returns the exit
// code.
func Main(m *testing.M, local Local) int {
	if code, ended := readFlags(); ended {
		return code
	}
	if *faultFlag == "list" {
		say(os.Stdout, "%s\n", lines(strings.Join(local.Faults, "\n")))
		return 0
	}
	if flag.Lookup("test.list").Value.String() != "" {
		return m.Run()
	}
	if *roleFlag != "" {
		return role(os.Stdout, *roleFlag)
	}
	if *explainFlag {
		env, err := loadEnvironment()
		if err != nil {
			return refuse(err)
		}
		return explain(m, env, os.Stdout)
	}
	started := time.Now()
	ctx, stop := runContext(started)
	defer stop()
	r, closeLocal, err := prepare(ctx, local)
	if err != nil {
		return refuse(err)
	}
	defer closeLocal()
	if *revokeFlag != "" {
		return r.revokeLeftovers(typed(*revokeFlag))
	}
	if *leftoversFlag != "" {
		if err := r.takeLeftovers(typed(*leftoversFlag)); err != nil {
			return refuse(err)
		}
	}
	current = r
	if *waitFlag > 0 {
		if err := r.await(*waitFlag, waitPause, os.Stderr); err != nil {
			return refuse(err)
		}
	}
	setDefaultParallelism()
	code := m.Run()
	problems := append(r.tokens.revokeAll(ctx), r.ledger.left...)
	return r.ledger.report(os.Stdout, summary{
		run: r, code: code, problems: problems, took: time.Since(started),
	})
}

// loadEnvironment reads the environment that the flags name.
func loadEnvironment() (*Environment, error) {
	return environment.Load(environment.Options{Name: *envFlag, Phalanx: *phalanxFlag, Context: *contextFlag, Folder: typedFrom()})
}

// round counts the rounds of a check, which -count and -cpu repeat.
func (r *run) round(test string) string {
	count, _ := r.rounds.LoadOrStore(test, new(atomic.Int64))
	if n := count.(*atomic.Int64).Add(1); n > 1 {
		return "-" + strconv.FormatInt(n, 10)
	}
	return ""
}

// role prints the role for the environment.
func role(w io.Writer, namespace string) int {
	env, err := loadEnvironment()
	if err == nil {
		err = kubernetes.PrintRole(w, env, namespace, *writeFlag)
	}
	if err != nil {
		return refuse(err)
	}
	return 0
}

// runContext ends when the process is told to stop, when its terminal is gone,
// or so long before go test's own deadline that tokens can still be revoked: go
// test kills the process without any clean-up.
func runContext(started time.Time) (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	// Who reads the output may be gone, such as a go test that was killed: that
	// must not end this process before its tokens are revoked.
	signal.Ignore(syscall.SIGPIPE)
	timeout, ok := flag.Lookup("test.timeout").Value.(flag.Getter).Get().(time.Duration)
	if !ok || timeout == 0 {
		return ctx, stop
	}
	margin := min(20*time.Second, timeout/3)
	cause := fmt.Errorf("-timeout %s was nearly over", timeout)
	ctx, cancel := context.WithDeadlineCause(ctx, started.Add(timeout-margin), cause)
	return ctx, func() { cancel(); stop() }
}

func prepare(ctx context.Context, local Local) (*run, func(), error) {
	env, err := loadEnvironment()
	if err != nil {
		return nil, nil, err
	}
	if *faultFlag != "" && !env.Local {
		return nil, nil, fmt.Errorf("-fault is for -env=local: nothing is broken on purpose in environment %q", env.Name)
	}
	r := &run{env: env, ctx: ctx, strict: *strictFlag || env.AdviceFails, ledger: newLedger()}
	r.kube = sync.OnceValues(func() (*kubernetes.Client, error) { return kubernetes.New(env) })
	closeLocal := func() {}
	var extraCA []byte
	if env.Local {
		// It outlives an interrupt: tokens are to be revoked.
		d, err := local.Start(context.WithoutCancel(ctx), *faultFlag)
		if err != nil {
			return nil, nil, fmt.Errorf("the local deployment does not start: %w", err)
		}
		env.Address, env.HTTPAddress, extraCA = d.Address, d.HTTPAddress, d.CA
		r.serviceAddress, r.addresses = d.ServiceAddress, d.Addresses
		r.kube = func() (*kubernetes.Client, error) { return kubernetes.NewLocal(d.Kubernetes, d.Logs), nil }
		closeLocal = func() { _ = d.Close() } // the process ends here anyway
	} else if env.CA != "" {
		if extraCA, err = os.ReadFile(env.CA); err != nil {
			return nil, nil, fmt.Errorf("cannot read the file that `ca` names: %w", err)
		}
		if len(bytes.TrimSpace(extraCA)) == 0 {
			return nil, nil, fmt.Errorf("the file that `ca` names, %s, is empty: it must hold the authority's certificate in PEM", env.CA)
		}
	}
	if r.client, err = client.New(env, extraCA); err != nil {
		closeLocal()
		return nil, nil, err
	}
	r.tokens = newTreasury(r)
	r.gates = newGates(r)
	return r, closeLocal, nil
}

// refuse ends a run before its first check with one sentence.
func refuse(err error) int {
	say(os.Stderr, "muster: %v\n", err)
	say(os.Stdout, "muster: verdict=incomplete\nmuster: error=%v\n", err)
	return exitIncomplete
}

// setDefaultParallelism lets checks wait for answers at the same time: their
// time is the deployment's, not this machine's. -parallel overrides it.
func setDefaultParallelism() {
	explicit := false
	flag.Visit(func(f *flag.Flag) { explicit = explicit || f.Name == "test.parallel" })
	if !explicit {
		_ = flag.Set("test.parallel", "16") // a number, so it cannot fail
	}
}

// whyEnded names the signal or the deadline that ended a context.
func whyEnded(ctx context.Context) error {
	return fmt.Errorf("the run was ended early: %w", context.Cause(ctx))
}
