package suite

import (
	"flag"
	"io"
	"time"

	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/kubernetes"
)

// Options are what a person chooses for one run.
type Options struct {
	// Environment is a name in fixtures/environments, or the path of a file.
	Environment string
	// Strict has advice fail the run.
	Strict bool
	// Fault is what is broken in the local deployment.
	Fault string
	// Phalanx is a checkout of Phalanx.
	Phalanx string
	// Context is that of the kubeconfig, in place of kubernetes.context.
	Context string
	// Write allows checks that make objects in the cluster.
	Write bool
	// Settle is how long the operator and the ingress controller may take.
	Settle time.Duration
	// Evidence is a folder for what Kubernetes knows when a check fails.
	Evidence string
	// Wait is how long to wait at most for Argo CD before the checks.
	Wait time.Duration
	// Leftovers is the journal of the tokens that were made.
	Leftovers string
	// Revoke is the journal of a killed run, whose tokens are to be revoked.
	Revoke string
	// Patience is how long to try to revoke tokens.
	Patience time.Duration
	// Explain is a check whose section of the runbook is printed, or true: the
	// environment is, and which checks would run.
	Explain string
	// Hold keeps the local deployment up when the checks have ended.
	Hold bool
	// Role is the namespace of the account that the printed role is for.
	Role string

	// checks are the names of all checks, for what the environment says of some.
	checks []string
}

// register declares the flags that set the options.
func (o *Options) register(flags *flag.FlagSet) {
	flags.StringVar(&o.Environment, "env", "local",
		"the `environment`: a name in fixtures/environments, the path of a file or, with -phalanx, the name "+
			"that Phalanx has for it")
	flags.BoolVar(&o.Strict, "strict", false, "a known weakness fails the run")
	flags.StringVar(&o.Fault, "fault", "",
		"with -env=local, the `id` or name of a fault that the deployment has, or several as N07+N10; list lists them")
	flags.StringVar(&o.Phalanx, "phalanx", "",
		"a checkout of Phalanx, `DIR`: its Git says what the environment must have; a file stands over it, "+
			"key by key")
	flags.StringVar(&o.Context, "context", "",
		"the `context` of the kubeconfig to ask Kubernetes with, in place of kubernetes.context")
	flags.BoolVar(&o.Write, "write", false, "also run the checks that make objects in the cluster; they remove them")
	flags.DurationVar(&o.Settle, "settle", time.Minute,
		"how long Gafaelfawr's operator and the ingress controller may take with a new object; recorded: 4s")
	flags.StringVar(&o.Evidence, "evidence", "",
		"`DIR` for what Kubernetes knows when a check fails: events, pods, ends of logs")
	flags.DurationVar(&o.Wait, "wait", 0,
		"first wait at most so long until Argo CD reports the environment's applications healthy and their "+
			"paths are served")
	flags.StringVar(&o.Leftovers, "leftovers", "",
		"note in this `file` which tokens are made, without the tokens, until they are revoked; what a "+
			"killed run left in it is revoked, too (default: a file in the user's cache folder for each deployment)")
	flags.StringVar(&o.Revoke, "revoke", "",
		"revoke the tokens that a run with -leftovers=`file` left when it was killed, and end")
	flags.DurationVar(&o.Patience, "patience", 0,
		"how long to try to revoke the tokens of the run where requests are refused or lost; 0: until they expire")
	flags.BoolVar(&o.Hold, "hold", false,
		"with -env=local, keep the deployment up after the checks until Ctrl-C, and print how to ask it (with "+
			"go test: -v -timeout=0)")
	flags.Var(explainFlag{&o.Explain}, "explain",
		"send no request: with =`CHECK` print what the runbook says of a check, else the environment that was "+
			"read, with the source of each line, and which "+
			"checks would run (with go test: -v)")
	flags.StringVar(&o.Role, "role", "",
		"print the role that the suite needs in the cluster, for an account in this `namespace`, and end")
}

// resolve makes paths absolute that count from where the command was typed.
func (o *Options) resolve() {
	for _, path := range []*string{&o.Evidence, &o.Leftovers, &o.Revoke} {
		*path = typed(*path)
	}
}

// load reads the environment, which may only name checks that there are.
func (o *Options) load() (*Environment, error) {
	env, err := environment.Load(environment.Options{
		Name: o.Environment, Phalanx: o.Phalanx, Context: o.Context, Folder: typedFrom(),
	})
	if err != nil {
		return nil, err
	}
	return env, refuseKnown(env.Known, o.checks)
}

// printRole prints the role that the suite needs in the environment's cluster.
func (o *Options) printRole(w io.Writer) error {
	env, err := o.load()
	if err == nil {
		err = kubernetes.PrintRole(w, env, o.Role, o.Write)
	}
	return err
}
