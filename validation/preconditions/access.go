package preconditions

import (
	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/kubernetes"
	"github.com/lsst-sqre/muster/validation/tokens"
)

// Access is the deployment under test, and what it is asked with.
type Access struct {
	Env    *environment.Environment
	Client *client.Client
	Kube   func() (*kubernetes.Client, error)
	Tokens *tokens.Factory
	// Fact keeps a fact about the deployment.
	Fact func(key, value string)
}
