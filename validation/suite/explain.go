package suite

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/kubernetes"
)

var errExplaining = errors.New("-explain sends no request")

// plan is which checks would run. A check notes itself there, and ends as soon
// as it wants to ask something.
type plan struct {
	mu     sync.Mutex
	run    []string
	absent map[string][]string // by what would make them run
}

// add keeps whether a check would run. A check that was skipped says why.
func (p *plan) add(c *Check) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.skipped == "" {
		p.run = append(p.run, c.t.Name())
		return
	}
	remedy := c.remedy()
	p.absent[remedy] = append(p.absent[remedy], c.t.Name())
}

// remedy is what would make a skipped check run.
func (c *Check) remedy() string {
	var missing []string
	for _, f := range c.o.Needs {
		if f == Kubernetes || !c.run.env.Has(f) {
			missing = append(missing, string(f))
		}
		if f.NeedsKubernetes() && !c.run.env.Has(Kubernetes) {
			missing = append(missing, string(Kubernetes))
		}
	}
	missing = slices.DeleteFunc(missing, func(f string) bool { return c.run.env.Has(Feature(f)) })
	slices.Sort(missing)
	missing = slices.Compact(missing)
	switch {
	case len(missing) > 0:
		return "with the line features: [" + strings.Join(missing, ", ") + "]" + c.unnamed(missing)
	case strings.HasPrefix(c.skipped, "environment ") && strings.Contains(c.skipped, "Muster"):
		return "with a Muster that reports what reached it: muster: {deployed: go}"
	case c.o.Writes && !c.run.options.Write:
		return "with the flag -write"
	}
	return "in another environment: " + c.skipped
}

// unnamed is what a feature needs besides.
func (c *Check) unnamed(missing []string) string {
	for _, f := range missing {
		if f := Feature(f); (f == LDAP || f == Firestore) && c.run.env.User == nil {
			return " and a user who exists there, such as user: {username: alice}"
		}
	}
	return ""
}

// explain prints the environment, and which checks would run on it.
func explain(m *testing.M, o Options, env *Environment, w io.Writer) int {
	p := &plan{absent: map[string][]string{}}
	r := &run{options: o, env: env, ctx: context.Background(), results: newResults(), plan: p,
		preconditions: failing(errExplaining)}
	r.kube = func() (*kubernetes.Client, error) { return nil, errExplaining }
	var err error
	if r.client, err = client.New(env, nil); err != nil {
		return refuse(err)
	}
	r.tokens = newTreasury(r)
	current = r
	stdout := os.Stdout
	if null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0); err == nil {
		os.Stdout = null // package testing prints there
		_ = flag.Set("test.v", "false")
		m.Run()
		os.Stdout = stdout
	}
	say(w, "# What a run with these flags takes the environment %s for.\n"+
		"# The comment behind a line says where it comes from.\n%s%s",
		env.Name, env.Explain(), p)
	return 0
}

// String lists the checks as comments of the environment file.
func (p *plan) String() string {
	var text strings.Builder
	all := len(p.run)
	for _, names := range p.absent {
		all += len(names)
	}
	_, _ = fmt.Fprintf(&text, "\n# %d of %d checks would run.\n", len(p.run), all)
	remedies := slices.SortedFunc(maps.Keys(p.absent), func(a, b string) int {
		return cmp.Or(len(p.absent[b])-len(p.absent[a]), cmp.Compare(a, b))
	})
	for _, remedy := range remedies {
		names := p.absent[remedy]
		slices.Sort(names)
		_, _ = fmt.Fprintf(&text, "#\n# %d more would run %s\n%s", len(names), remedy, wrapped(names))
	}
	slices.Sort(p.run)
	_, _ = fmt.Fprintf(&text, "#\n# Those that would run:\n%s", wrapped(p.run))
	return text.String()
}

// wrapped are names as comments of at most 100 columns.
func wrapped(names []string) string {
	var text strings.Builder
	line := "#  "
	for i, name := range names {
		if i < len(names)-1 {
			name += ","
		}
		if len(line)+1+len(name) > 100 {
			text.WriteString(line + "\n")
			line = "#  "
		}
		line += " " + name
	}
	return text.String() + line + "\n"
}
