package suite

import (
	"cmp"
	"flag"
	"io"
	"time"

	"github.com/lsst-sqre/muster/validation/commandline"
	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/kubernetes"
)

// Options are the choices of a person for one run.
type Options struct {
	// Environment is a name in fixtures/environments or the path of a file.
	Environment string
	// Strict makes known weaknesses fail the run.
	Strict bool
	// Fault is seeded into the local deployment.
	Fault string
	// Phalanx is the folder of a checkout of Phalanx.
	Phalanx string
	// Context overrides kubernetes.context.
	Context string
	// Write allows checks that make objects in the cluster.
	Write bool
	// Settle is how long the operator and the ingress controller may take to
	// process an object.
	Settle time.Duration
	// Evidence is the folder for what Kubernetes knows about failed checks.
	Evidence string
	// Wait is the longest wait for Argo CD before the checks.
	Wait time.Duration
	// Leftovers is the file of the token journal.
	Leftovers string
	// Revoke is the journal of a killed run whose tokens must be revoked.
	Revoke string
	// Patience is how long to try to revoke tokens.
	Patience time.Duration
	// Explain is a check whose runbook section is printed, or true to print the
	// environment and which checks would run.
	Explain string
	// Hold keeps the local deployment up after the checks.
	Hold bool
	// Role is the namespace of the account for which the role is printed.
	Role string

	// checks are the names of all checks, because the environment may name some.
	checks []string
	// arguments are the flags that repeat this run.
	arguments string
}

// register declares the flags that set the options.
func (o *Options) register(flags *flag.FlagSet) {
	flags.StringVar(&o.Environment, "env", "local",
		"the `environment`: a name in fixtures/environments, a file or, with -phalanx, Phalanx's name for it")
	flags.BoolVar(&o.Strict, "strict", false, "known weaknesses fail the run")
	flags.StringVar(&o.Fault, "fault", "",
		"with -env=local, seed the fault with this `id` or name, or several as N07+N10; list: print all faults")
	flags.StringVar(&o.Phalanx, "phalanx", "",
		"derive the environment from the Git checkout of Phalanx in `DIR`; an environment file overrides single keys")
	flags.StringVar(&o.Context, "context", "",
		"use this `context` of the kubeconfig instead of kubernetes.context")
	flags.BoolVar(&o.Write, "write", false,
		"also run the checks that write to the cluster: one makes objects and removes them, the other is a dry run")
	flags.DurationVar(&o.Settle, "settle", time.Minute,
		"how long Gafaelfawr's operator and the ingress controller may take to process a new object (observed: 4s)")
	flags.StringVar(&o.Evidence, "evidence", "",
		"when a check fails, save what Kubernetes knows in `DIR`: events, pods, ends of logs")
	flags.DurationVar(&o.Wait, "wait", 0,
		"before the checks, wait up to this long for Argo CD to report healthy applications and for their paths "+
			"to be served")
	flags.StringVar(&o.Leftovers, "leftovers", "",
		"journal the tokens of this run in `file`, never their secrets; first revoke those that a killed run left "+
			"there (default: a file for each deployment in the user's cache folder)")
	flags.StringVar(&o.Revoke, "revoke", "",
		"only revoke the tokens that a killed run with -leftovers=`file` left")
	flags.DurationVar(&o.Patience, "patience", 0,
		"how long to try to revoke the run's tokens while requests are refused or lost; 0: until they expire")
	flags.BoolVar(&o.Hold, "hold", false,
		"with -env=local, keep the deployment up after the checks until Ctrl-C, and print how to send requests "+
			"to it (with go test: -v -timeout=0)")
	flags.Var(explainFlag{&o.Explain}, "explain",
		"send no request: print the environment, with the source of each line, and which checks would run; with "+
			"=`CHECK`, print the runbook's section about a check (with go test: -v)")
	flags.StringVar(&o.Role, "role", "",
		"only print the role that the suite needs in the cluster, for an account in this `namespace`")
}

// resolve completes the options of the command line. Paths are relative to the
// folder of the command.
func (o *Options) resolve() {
	o.arguments = commandline.Arguments(flag.CommandLine)
	for _, path := range []*string{&o.Evidence, &o.Leftovers, &o.Revoke} {
		*path = fromCommand(*path)
	}
}

// load reads the environment and rejects names of checks that do not exist.
func (o *Options) load() (*Environment, error) {
	env, err := environment.Load(environment.Options{
		Name: o.Environment, Phalanx: o.Phalanx, Context: o.Context, Folder: commandFolder(),
	})
	if err != nil {
		return nil, err
	}
	return env, cmp.Or(refuseKnown(env.Known, o.checks), kubernetes.ValidSelector("argocd.selector", env.ArgoCD.Selector))
}

// printRole prints the role that the suite needs in the environment's cluster.
func (o *Options) printRole(w io.Writer) error {
	env, err := o.load()
	if err == nil {
		err = kubernetes.PrintRole(w, env, o.Role, o.Write)
	}
	return err
}
