// Package answers sends the requests of a check and verifies the answers. A
// verifier records what it finds and goes on.
package answers

import (
	"context"
	"strings"
	"sync/atomic"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/findings"
)

// Options configure a Sender.
type Options struct {
	Recorder    *findings.Recorder
	Context     context.Context
	Environment *environment.Environment
	Client      *client.Client
	// Ready ends the check if the deployment cannot be reached.
	Ready func()
	// Fact adds a fact about the deployment to the report.
	Fact func(key, value string)
}

// Sender sends the requests of one check.
type Sender struct {
	*findings.Recorder
	ctx    context.Context
	env    *environment.Environment
	client *client.Client
	ready  func()
	fact   func(key, value string)
	// steady counts the requests in a row that were sent again and answered alike.
	steady atomic.Int32
}

// New returns the sender of one check.
func New(o Options) *Sender {
	return &Sender{Recorder: o.Recorder, ctx: o.Context, env: o.Environment, client: o.Client, ready: o.Ready,
		fact: o.Fact}
}

// Answer is the response to a request. Its verifiers record failures of the
// check.
type Answer struct {
	client.Response
	by *Sender
	// repeated is set after the request was sent again because of its answer.
	repeated bool
}

// Subject returns the response, or nil without an answer.
func (a *Answer) Subject() *client.Response {
	if a == nil {
		return nil
	}
	return &a.Response
}

// Curl returns a command that repeats the request.
func (a *Answer) Curl() string { return a.by.client.Curl(a.Response) }

// Get is Do for a plain GET.
func (s *Sender) Get(to environment.Target, with client.Credential) *Answer {
	return s.Do(client.Request{Target: to, Credential: with})
}

// Do sends a request, and again if the connection is lost. A transport error
// ends the check, because there is no answer to verify.
func (s *Sender) Do(r client.Request) *Answer {
	s.ready()
	a := s.Send(r)
	if a.Err != nil {
		s.Unable(a, "an answer", a.Err.Error(), findings.Because(a.Err))
	}
	return a
}

// Send is Do for checks that accept a missing answer. It is safe for concurrent
// use.
func (s *Sender) Send(r client.Request) *Answer {
	return &Answer{Response: s.client.Do(s.ctx, r), by: s}
}

// Unsent returns the answer to a request that has not been sent.
func (s *Sender) Unsent(r client.Request) *Answer {
	return &Answer{Response: client.Response{Request: r}, by: s}
}

// WantChallenge returns this deployment's Bearer challenge with the error, its
// description and scopes. Without an error it is the challenge to a caller
// without credentials.
func (s *Sender) WantChallenge(kind, description string, scopes ...string) gafaelfawr.Challenge {
	return gafaelfawr.NewChallenge("Bearer", s.env.Host(), kind, description, strings.Join(scopes, " "))
}
