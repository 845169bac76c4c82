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

// precondition is what many checks cannot do without. It is verified once a run.
// Where it does not hold, the check that is about it fails and all others are
// blocked, so that a reader sees one fault and not forty.
type precondition struct {
	once sync.Once
	try  func(context.Context) error
	err  error
}

func (p *precondition) verify(ctx context.Context) error {
	p.once.Do(func() { p.err = p.try(ctx) })
	return p.err
}

// preconditions in the order in which they build on each other.
type preconditions struct{ reachable, trusted, tokens, muster, scope, kubernetes *precondition }

func newPreconditions(r *run) preconditions {
	var p preconditions
	p.reachable = &precondition{try: r.client.Connect}
	p.trusted = &precondition{try: func(ctx context.Context) error {
		if err := p.reachable.verify(ctx); err != nil {
			return err
		}
		return r.client.VerifyCertificate(ctx)
	}}
	p.tokens = &precondition{try: func(ctx context.Context) error {
		if err := p.trusted.verify(ctx); err != nil {
			return err
		}
		return r.tokens.open(ctx)
	}}
	p.muster = &precondition{try: func(ctx context.Context) error {
		if err := p.trusted.verify(ctx); err != nil {
			return err
		}
		return r.tryMuster(ctx)
	}}
	p.scope = &precondition{try: func(ctx context.Context) error {
		if p.tokens.verify(ctx) == nil && (r.env.Muster.Deployed == NoMuster || p.muster.verify(ctx) == nil) {
			return r.tryScope(ctx)
		}
		return nil // it could not be tried, and another check fails for that
	}}
	p.kubernetes = &precondition{try: r.tryKubernetes}
	return p
}

// failing are preconditions that fail with that error without being tried.
func failing(err error) preconditions {
	p := func() *precondition { return &precondition{try: func(context.Context) error { return err }} }
	return preconditions{reachable: p(), trusted: p(), tokens: p(), muster: p(), scope: p(), kubernetes: p()}
}

// require blocks the check where the precondition does not hold.
func (c *Check) require(p *precondition) {
	// It is tried for the whole run, so it must not end with this check.
	if err := p.verify(c.run.ctx); err != nil {
		c.Block(err.Error())
	}
}

// Reachable fails the check if nothing accepts connections at the
// deployment's address.
func (c *Check) Reachable() {
	err := c.run.preconditions.reachable.verify(c.run.ctx)
	c.Must(err == nil, nil, "a connection to "+c.run.client.HostPort(), fmt.Sprint(err), Because(err))
}

// Trusted fails the check if the certificate cannot be verified.
func (c *Check) Trusted() {
	c.require(c.run.preconditions.reachable)
	err := c.run.preconditions.trusted.verify(c.run.ctx)
	c.Must(err == nil, nil, "a certificate that verifies for "+c.run.env.Host(), fmt.Sprint(err), Because(err))
}

// CanMakeTokens fails the check if the bootstrap token cannot be had, or
// Gafaelfawr does not accept it.
func (c *Check) CanMakeTokens() {
	c.require(c.run.preconditions.trusted)
	err := c.run.preconditions.tokens.verify(c.run.ctx)
	c.Must(err == nil, nil, "a short-lived token made with the bootstrap token", fmt.Sprint(err), Because(err))
}

// MusterDeployed fails the check if the Muster that the environment declares
// is not where it says.
func (c *Check) MusterDeployed() {
	if c.run.env.Muster.Deployed == NoMuster {
		c.Skip(c.noMuster())
	}
	c.require(c.run.preconditions.trusted)
	err := c.run.preconditions.muster.verify(c.run.ctx)
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
