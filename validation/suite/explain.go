package suite

import (
	"context"
	"errors"
	"flag"
	"io"
	"os"
	"testing"

	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/kubernetes"
	"github.com/lsst-sqre/muster/validation/message"
	"github.com/lsst-sqre/muster/validation/preconditions"
)

var errExplaining = errors.New("-explain sends no request")

// explain prints the environment and which checks would run on it.
func explain(m *testing.M, o Options, env *Environment, w io.Writer) int {
	p := &plan{absent: map[string][]string{}}
	r := newRun(context.Background(), env, o)
	r.plan, r.preconditions = p, preconditions.Failing(errExplaining)
	r.Kube = func() (*kubernetes.Client, error) { return nil, errExplaining }
	var err error
	if r.Client, err = client.New(env, nil); err != nil {
		return refuse(err)
	}
	r.makeTokens()
	current = r
	protected := env.Protected
	fromCluster := env.Has(Kubernetes) && len(protected) == 0
	if fromCluster {
		env.Protected = []Target{{Path: "/", Scope: env.Scope}} // some application has one
	}
	stdout := os.Stdout
	if null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0); err == nil {
		os.Stdout = null // package testing prints there
		_ = flag.Set("test.v", "false")
		m.Run()
		os.Stdout = stdout
	}
	env.Protected = protected
	taken := ""
	if fromCluster {
		taken = "# `protected` comes from the GafaelfawrIngresses in the cluster: one path of\n# each application.\n"
	}
	message.Say(w, "# What a run with these flags takes the environment %s for.\n"+
		"# The comment behind a line, or below it, says where it comes from.\n%s%s%s",
		env.Name, message.Lines(taken), message.Lines(env.Explain()), p)
	return 0
}
