package suite

import (
	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/kubernetes"
	"github.com/lsst-sqre/muster/validation/tokens"
)

// access is the deployment under test, and what it is asked with.
type access struct {
	env     *Environment
	client  *client.Client
	kube    func() (*kubernetes.Client, error)
	tokens  *tokens.Factory
	results *results
}
