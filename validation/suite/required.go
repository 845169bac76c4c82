package suite

import (
	"fmt"
)

// Reachable fails the check if nothing accepts connections at the
// deployment's address.
func (c *Check) Reachable() {
	err := c.run.preconditions.Reachable.Verify(c.run.ctx)
	c.Must(err == nil, nil, "a connection to "+c.run.Client.HostPort(), fmt.Sprint(err), Because(err))
}

// Handshakes fails the check if no TLS handshake succeeds, whatever the
// certificate.
func (c *Check) Handshakes() {
	c.require(c.run.preconditions.Reachable)
	err := c.run.preconditions.Handshake.Verify(c.run.ctx)
	c.Must(err == nil, nil, "a TLS handshake with "+c.run.Client.HostPort(), fmt.Sprint(err), Because(err))
}

// NothingInFront fails the check if something in front of the deployment
// answers every address alike, or if a part of the deployment hangs.
func (c *Check) NothingInFront() {
	c.require(c.run.preconditions.Trusted)
	err := c.run.preconditions.Front.Verify(c.run.ctx)
	c.Must(err == nil, nil, "answers of the deployment, which differ from address to address", fmt.Sprint(err),
		Because(err))
}

// Trusted fails the check if the certificate cannot be verified.
func (c *Check) Trusted() {
	c.require(c.run.preconditions.Handshake)
	err := c.run.preconditions.Trusted.Verify(c.run.ctx)
	c.Must(err == nil, nil, "a certificate that verifies for "+c.run.Env.Host(), fmt.Sprint(err), Because(err))
}

// CanMakeTokens fails the check if there is no bootstrap token or Gafaelfawr
// rejects it.
func (c *Check) CanMakeTokens() {
	c.require(c.run.preconditions.Front)
	err := c.run.preconditions.Tokens.Verify(c.run.ctx)
	c.Must(err == nil, nil, "a short-lived token made with the bootstrap token", fmt.Sprint(err), Because(err))
	c.recordFlaps()
}

// MusterDeployed fails the check if the Muster that the environment declares is
// not at its path.
func (c *Check) MusterDeployed() {
	if c.run.Env.Muster.Deployed == NoMuster {
		c.skipForMuster(noMuster(c.run.Env))
	}
	c.require(c.run.preconditions.Front)
	err := c.run.preconditions.Muster.Verify(c.run.ctx)
	c.Must(err == nil, nil, "Muster at "+c.run.Env.URL+c.run.Env.Muster.Path, fmt.Sprint(err), Because(err))
}

// RightScope fails the check if the environment's scope cannot be the one of
// Muster's probes.
func (c *Check) RightScope() {
	c.require(c.run.preconditions.Tokens)
	if c.run.Env.Muster.Deployed != NoMuster {
		c.require(c.run.preconditions.Muster)
	}
	err := c.run.preconditions.Scope.Verify(c.run.ctx)
	c.Must(err == nil, nil, "the scope "+c.run.Env.Scope+" to be the right one", fmt.Sprint(err))
}

// NeedScope blocks the check if the environment's scope is wrong.
func (c *Check) NeedScope() { c.require(c.run.preconditions.Scope) }

// SessionsAccepted fails the check if Gafaelfawr takes no session that its session
// secret encrypts. The check is skipped if the environment does not say where that is.
func (c *Check) SessionsAccepted() {
	c.skipWithoutSessions()
	c.require(c.run.preconditions.Tokens)
	err := c.run.preconditions.Sessions.Verify(c.run.ctx)
	c.Must(err == nil, nil, "a session that Gafaelfawr accepts", fmt.Sprint(err), Because(err))
}

// KubernetesReachable fails the check if the API server does not answer.
func (c *Check) KubernetesReachable() {
	err := c.run.preconditions.Kubernetes.Verify(c.run.ctx)
	c.Must(err == nil, nil, "an answer from the Kubernetes API server", fmt.Sprint(err), Because(err))
}
