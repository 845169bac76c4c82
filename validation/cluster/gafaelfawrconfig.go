package cluster

import (
	"fmt"

	"github.com/lsst-sqre/muster/validation/kubernetes"
)

// GafaelfawrConfig returns Gafaelfawr's configuration; without it the check is
// skipped.
func (c *Cluster) GafaelfawrConfig() kubernetes.GafaelfawrConfig {
	const name = kubernetes.GafaelfawrConfigMap
	from, ok := Get(c, kubernetes.ConfigMaps, "gafaelfawr", name)
	config, has, err := kubernetes.ReadGafaelfawrConfig(from)
	if !ok || !has {
		c.Skip("there is no ConfigMap gafaelfawr/" + name + " with the key gafaelfawr.yaml")
	}
	c.Must(err == nil, nil, "a gafaelfawr.yaml that can be read", fmt.Sprint(err))
	return config
}
