package suite

import (
	"fmt"
)

// Reachable fails the check if nothing accepts connections at the
// deployment's address.
func (c *Check) Reachable() {
	err := c.run.preconditions.reachable.verify(c.run.ctx)
	c.Must(err == nil, nil, "a connection to "+c.run.client.HostPort(), fmt.Sprint(err), Because(err))
}

// Handshakes fails the check if no TLS handshake takes place, whatever the
// certificate.
func (c *Check) Handshakes() {
	c.require(c.run.preconditions.reachable)
	err := c.run.preconditions.handshake.verify(c.run.ctx)
	c.Must(err == nil, nil, "a TLS handshake with "+c.run.client.HostPort(), fmt.Sprint(err), Because(err))
}

// NothingInFront fails the check where something in front of the deployment
// answers every address alike, or a part of the deployment hangs.
func (c *Check) NothingInFront() {
	c.require(c.run.preconditions.trusted)
	err := c.run.preconditions.front.verify(c.run.ctx)
	c.Must(err == nil, nil, "answers of the deployment, which differ from address to address", fmt.Sprint(err),
		Because(err))
}

// Trusted fails the check if the certificate cannot be verified.
func (c *Check) Trusted() {
	c.require(c.run.preconditions.handshake)
	err := c.run.preconditions.trusted.verify(c.run.ctx)
	c.Must(err == nil, nil, "a certificate that verifies for "+c.run.env.Host(), fmt.Sprint(err), Because(err))
}

// CanMakeTokens fails the check if the bootstrap token cannot be had, or
// Gafaelfawr does not accept it.
func (c *Check) CanMakeTokens() {
	c.require(c.run.preconditions.front)
	err := c.run.preconditions.tokens.verify(c.run.ctx)
	c.Must(err == nil, nil, "a short-lived token made with the bootstrap token", fmt.Sprint(err), Because(err))
	c.tellFlaps()
}

// MusterDeployed fails the check if the Muster that the environment declares
// is not where it says.
func (c *Check) MusterDeployed() {
	if c.run.env.Muster.Deployed == NoMuster {
		c.skipForMuster(noMuster(c.run.env))
	}
	c.require(c.run.preconditions.front)
	err := c.run.preconditions.muster.verify(c.run.ctx)
	c.Must(err == nil, nil, "Muster at "+c.run.env.URL+c.run.env.Muster.Path, fmt.Sprint(err), Because(err))
}

// RightScope fails the check where the environment's scope cannot be the one
// that Muster's probes ask for.
func (c *Check) RightScope() {
	c.require(c.run.preconditions.tokens)
	if c.run.env.Muster.Deployed != NoMuster {
		c.require(c.run.preconditions.muster)
	}
	err := c.run.preconditions.scope.verify(c.run.ctx)
	c.Must(err == nil, nil, "the scope "+c.run.env.Scope+" to be the right one", fmt.Sprint(err))
}

// NeedScope blocks the check where the environment's scope is wrong.
func (c *Check) NeedScope() { c.require(c.run.preconditions.scope) }

// KubernetesReachable fails the check if the API server cannot be asked.
func (c *Check) KubernetesReachable() {
	err := c.run.preconditions.kubernetes.verify(c.run.ctx)
	c.Must(err == nil, nil, "an answer from the Kubernetes API server", fmt.Sprint(err), Because(err))
}
