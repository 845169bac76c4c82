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
	stdout := os.Stdout
	if null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0); err == nil {
		os.Stdout = null // package testing prints there
		_ = flag.Set("test.v", "false")
		m.Run()
		os.Stdout = stdout
	}
	message.Say(w, "# What a run with these flags takes the environment %s for.\n"+
		"# The comment behind a line, or below it, says where it comes from.\n%s%s",
		env.Name, message.Lines(env.Explain()), p)
	return 0
}
