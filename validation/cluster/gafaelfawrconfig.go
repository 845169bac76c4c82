package cluster

import (
	"fmt"
	"time"

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

// KnownScopes returns the scopes of Gafaelfawr's configuration, none if no ConfigMap says
// them.
func (c *Cluster) KnownScopes() map[string]string {
	from, ok := Get(c, kubernetes.ConfigMaps, "gafaelfawr", kubernetes.GafaelfawrConfigMap)
	if !ok {
		return nil
	}
	config, _, err := kubernetes.ReadGafaelfawrConfig(from)
	if err != nil {
		return nil // TestScopesKnown tells it
	}
	return config.KnownScopes
}

// TokenLifetime returns how long tokens of a login live, and false if no ConfigMap says
// it.
func (c *Cluster) TokenLifetime() (life time.Duration, known bool) {
	from, ok := Get(c, kubernetes.ConfigMaps, "gafaelfawr", kubernetes.GafaelfawrConfigMap)
	if !ok {
		return 0, false
	}
	config, has, err := kubernetes.ReadGafaelfawrConfig(from)
	if !has || err != nil {
		return 0, false // TestScopesKnown tells it
	}
	return config.Lifetime()
}
