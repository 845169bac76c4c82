package preconditions

import (
	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/kubernetes"
	"github.com/lsst-sqre/muster/validation/tokens"
)

// Access is the deployment under test with the clients to reach it.
type Access struct {
	Env    *environment.Environment
	Client *client.Client
	Kube   func() (*kubernetes.Client, error)
	Tokens *tokens.Factory
	// Fact adds a fact about the deployment to the report.
	Fact func(key, value string)
}
