package suite

import (
	"context"
	"io"
	"net/http"
	"os"
	"strings"

	"k8s.io/client-go/dynamic"

	"github.com/lsst-sqre/muster/validation/message"
	"github.com/lsst-sqre/muster/validation/summary"
)

// Local starts the local deployment, for environments with local: true.
type Local struct {
	// Start starts it with a fault, or healthy if fault is empty.
	Start func(ctx context.Context, fault string) (*Deployment, error)
	// Faults are the head and the summary of each fault.
	Faults [][2]string
	// Runbook has a section for each check.
	Runbook string
}

// listFaults prints the faults. Continuation lines begin below the summary.
func (l Local) listFaults(w io.Writer) {
	columns := summary.Columns(os.Getenv)
	for _, f := range l.Faults {
		margin := strings.Repeat(" ", len(f[0])+1)
		message.Say(w, "%s\n", message.Lines(strings.Join(message.Fold(columns, f[0]+" ", margin, f[1]), "\n")))
	}
}

// Deployment is a deployment that was started for this run.
type Deployment struct {
	Address, HTTPAddress string
	// Addresses are all addresses that DNS would have for its host, including
	// Address.
	Addresses []string
	// CA is the PEM of the authority to trust.
	CA         []byte
	Kubernetes dynamic.Interface
	// Logs answers requests for logs of pods as an API server does.
	Logs http.RoundTripper
	// ServiceAddress returns where a pod connects to for a service,
	// namespace/name.
	ServiceAddress func(service string) (string, bool)
	Close          func() error
}
