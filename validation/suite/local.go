package suite

import (
	"context"
	"net/http"

	"k8s.io/client-go/dynamic"
)

// Local starts the deployment of an environment that says local: true.
type Local struct {
	// Start starts it with a fault, or healthy if fault is empty.
	Start func(ctx context.Context, fault string) (*Deployment, error)
	// Faults are the faults that there are, a line each.
	Faults []string
	// Runbook has a section for each check.
	Runbook string
}

// Deployment is one that was started for this run.
type Deployment struct {
	Address, HTTPAddress string
	// Addresses are all that DNS would have for its host, Address among them.
	Addresses []string
	// CA is the PEM of the authority to trust.
	CA         []byte
	Kubernetes dynamic.Interface
	// Logs answers requests for the logs of pods, as an API server does.
	Logs http.RoundTripper
	// ServiceAddress is where a pod gets that connects to a service,
	// namespace/name.
	ServiceAddress func(service string) (string, bool)
	Close          func() error
}
