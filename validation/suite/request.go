package suite

import (
	"github.com/lsst-sqre/muster/validation/client"
)

// Answer is what came back. Its verifiers record failures of the check.
type Answer struct {
	client.Response
	check *Check
	// asked is set once the request was asked again because of its answer.
	asked bool
}

// Get is Do for a plain GET.
func (c *Check) Get(to Target, with Credential) *Answer {
	return c.Do(Request{Target: to, Credential: with})
}

// Do sends a request, and again where the connection is lost. A transport error
// ends the check: there is no answer to verify.
func (c *Check) Do(r Request) *Answer {
	c.require(c.run.preconditions.front)
	a := c.send(r)
	if a.Err != nil {
		f := failure{Finding: finding("an answer", a.Err.Error(), Because(a.Err)), about: &a.Response}
		f.Unable = true
		c.record(f)
		panic(ended{})
	}
	return a
}

// send is safe for concurrent use.
func (c *Check) send(r Request) *Answer {
	return &Answer{Response: c.run.client.Do(c.ctx, r), check: c}
}

// response is what came back; nil of no answer.
func (a *Answer) response() *client.Response {
	if a == nil {
		return nil
	}
	return &a.Response
}

// Curl is a command that repeats the request.
func (a *Answer) Curl() string { return a.check.run.client.Curl(a.Response) }
