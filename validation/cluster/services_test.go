package cluster

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/phalanx"
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

// A check that looks at the services takes nothing from the lists that all checks share.
func TestSharedListsStayWhole(t *testing.T) {
	t.Parallel()
	d, err := phalanx.Start(context.WithoutCancel(t.Context()), phalanx.Defaults())
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, d.Close()) })
	c := clusterOf(t, d)
	c.env.Services = map[string][]string{"argocd": {"deployment/argocd-server"}, "muster": {"deployment/muster"}}
	ids := func() (all []string) {
		for _, p := range List(c, kubernetes.Pods, "", "") {
			all = append(all, p.ID())
		}
		return all
	}
	before := ids()
	assert.Less(t, len(c.ServicePods()), len(before))
	assert.Equal(t, before, ids())
}
