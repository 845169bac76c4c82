package cluster

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/kubernetes"
)

// Neither a name nor a label excuses a CronJob. Only the CronJob in the namespace
// of Muster's server is the validation.
func TestOwnValidationStandsBesideTheServer(t *testing.T) {
	t.Parallel()
	c := &Cluster{env: &environment.Environment{Services: map[string][]string{
		"muster": {"deployment/muster"}, "gafaelfawr": {"deployment/gafaelfawr"}}}}
	for path, own := range map[[2]string]bool{
		{"muster", "muster-validation"}: true, {"gafaelfawr", "muster-validation"}: false, {"muster", "other"}: false,
	} {
		var j kubernetes.CronJob
		j.Meta.Namespace, j.Meta.Name = path[0], path[1]
		j.Meta.Labels = map[string]string{"app.kubernetes.io/name": "muster-validation"}
		assert.Equal(t, own, c.OwnValidation(j), path)
	}
}
