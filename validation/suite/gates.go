package suite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/lsst-sqre/muster/muster"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// gate is something that many checks cannot do without. It is tried once a
// run, by whoever needs it first. Where it is shut, one check fails for it and
// the others are blocked, so that a reader sees one fault and not forty.
type gate struct {
	once sync.Once
	open func(context.Context) error
	err  error
}

func (g *gate) try(ctx context.Context) error {
	g.once.Do(func() { g.err = g.open(ctx) })
	return g.err
}

// gates in the order in which they stand behind each other.
type gates struct{ reachable, trusted, tokens, muster, scope, kubernetes *gate }

func newGates(r *run) gates {
	var g gates
	g.reachable = &gate{open: r.client.Connect}
	g.trusted = &gate{open: func(ctx context.Context) error {
		if err := g.reachable.try(ctx); err != nil {
			return err
		}
		return r.client.VerifyCertificate(ctx)
	}}
	g.tokens = &gate{open: func(ctx context.Context) error {
		if err := g.trusted.try(ctx); err != nil {
			return err
		}
		return r.tokens.open(ctx)
	}}
	g.muster = &gate{open: func(ctx context.Context) error {
		if err := g.trusted.try(ctx); err != nil {
			return err
		}
		return r.tryMuster(ctx)
	}}
	g.scope = &gate{open: func(ctx context.Context) error {
		if g.tokens.try(ctx) != nil || r.env.Muster.Deployed != NoMuster && g.muster.try(ctx) != nil {
			return nil // it could not be tried, and another check fails for that
		}
		return r.tryScope(ctx)
	}}
	g.kubernetes = &gate{open: r.tryKubernetes}
	return g
}

// shut are gates that are not tried: each gives that error.
func shut(err error) gates {
	g := func() *gate { return &gate{open: func(context.Context) error { return err }} }
	return gates{reachable: g(), trusted: g(), tokens: g(), muster: g(), scope: g(), kubernetes: g()}
}

// pass blocks the check if the gate is shut.
func (c *Check) pass(g *gate) {
	// The gate is tried for the whole run, so it must not end with this check.
	if err := g.try(c.run.ctx); err != nil {
		c.Block(err.Error())
	}
}

// Reachable fails the check if nothing accepts connections at the
// deployment's address.
func (c *Check) Reachable() {
	err := c.run.gates.reachable.try(c.run.ctx)
	c.Must(err == nil, nil, "a connection to "+c.run.client.HostPort(), fmt.Sprint(err), Because(err))
}

// Trusted fails the check if the certificate cannot be verified.
func (c *Check) Trusted() {
	c.pass(c.run.gates.reachable)
	err := c.run.gates.trusted.try(c.run.ctx)
	c.Must(err == nil, nil, "a certificate that verifies for "+c.run.env.Host(), fmt.Sprint(err), Because(err))
}

// CanMakeTokens fails the check if the bootstrap token cannot be had, or
// Gafaelfawr does not accept it.
func (c *Check) CanMakeTokens() {
	c.pass(c.run.gates.trusted)
	err := c.run.gates.tokens.try(c.run.ctx)
	c.Must(err == nil, nil, "a short-lived token made with the bootstrap token", fmt.Sprint(err), Because(err))
}

// MusterDeployed fails the check if the Muster that the environment declares
// is not where it says.
func (c *Check) MusterDeployed() {
	if c.run.env.Muster.Deployed == NoMuster {
		c.Skip(c.noMuster())
	}
	c.pass(c.run.gates.trusted)
	err := c.run.gates.muster.try(c.run.ctx)
	c.Must(err == nil, nil, "Muster at "+c.run.env.URL+c.run.env.Muster.Path, fmt.Sprint(err), Because(err))
}

// tryMuster asks the anonymous route, which both Musters have.
func (r *run) tryMuster(ctx context.Context) error {
	url := r.env.URL + r.env.Muster.Path + "/anonymous"
	what := map[string]string{GoMuster: "Muster", PythonMuster: "Python Muster"}[r.env.Muster.Deployed]
	answer, err := r.client.Get(ctx, url)
	if err != nil {
		return fmt.Errorf("GET %s: %w", url, err)
	}
	if answer.Code == 200 && strings.Contains(string(answer.Body), `"ok"`) {
		return r.trySchema(ctx)
	}
	remedy := fmt.Sprintf("Is it installed, and are muster.deployed and muster.path right in environment %q?", r.env.Name)
	switch answer.Code {
	case http.StatusInternalServerError:
		remedy = "Gafaelfawr, which filters the headers of anonymous routes too, cannot be reached from the ingress."
	case http.StatusServiceUnavailable:
		remedy = "Its Service has no endpoints: are its pods ready?"
	}
	wrong := &answerError{url: url, status: answer.Code, contentType: answer.Header.Get("Content-Type")}
	return fmt.Errorf("%s does not answer: %w. %s", what, wrong, remedy)
}

// answerError is an answer with a status that was not wanted.
type answerError struct {
	url         string
	status      int
	contentType string
}

// Error names the request and the status.
func (e *answerError) Error() string {
	return fmt.Sprintf("GET %s gave %d (%s)", e.url, e.status, e.contentType)
}

// trySchema refuses reports that this suite does not understand. What is no
// report at all, and why there is none, is for the checks to tell.
func (r *run) trySchema(ctx context.Context) error {
	if r.env.Muster.Deployed != GoMuster {
		return nil
	}
	url := r.env.URL + r.env.Muster.Path + "/probes/anonymous"
	var report muster.Report
	answer, err := r.client.Get(ctx, url)
	if err == nil && json.Unmarshal(answer.Body, &report) == nil && report.Schema > 0 && report.Schema != muster.SchemaVersion {
		return fmt.Errorf("the reports of Muster %s have version %d of their schema, and this suite knows %d: run the suite of the same release, such as from the server's own image",
			report.Server.Version, report.Schema, muster.SchemaVersion)
	}
	return nil
}

func (c *Check) noMuster() string {
	return fmt.Sprintf("environment %q has no Muster (muster.deployed: none), and this needs one behind the ingress", c.run.env.Name)
}

// described is an error whose text is that of describe.
type described struct{ error }

// Error is the text.
func (d described) Error() string { return describe(d.error) }

// Unwrap is the error.
func (d described) Unwrap() error { return d.error }

// describe tells an answer of Gafaelfawr's from one of the ingress.
func describe(err error) string {
	var api *gafaelfawr.APIError
	if errors.As(err, &api) && strings.HasPrefix(api.ContentType, "text/html") {
		return err.Error() + ", a page of the ingress and not Gafaelfawr's answer"
	}
	return err.Error()
}
