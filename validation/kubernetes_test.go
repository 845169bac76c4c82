package validation

import (
	"testing"

	"github.com/lsst-sqre/muster/validation/suite"
)

func TestKubernetes(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The Kubernetes API server answers the suite.",
		Cause: "The context in the environment file is of another machine, its credentials have expired, or the " +
			"cluster is down.",
		Needs: []suite.Feature{suite.Kubernetes},
	}, func(c *suite.Check) { c.KubernetesReachable() })
}
