package suite

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// gafaelfawrConfig is the ConfigMap of Gafaelfawr's configuration, in the
// namespace of that name.
const gafaelfawrConfig = "gafaelfawr"

// GafaelfawrConfig is what checks read of Gafaelfawr's configuration.
type GafaelfawrConfig struct {
	Object      `yaml:"-"`
	KnownScopes map[string]string `yaml:"knownScopes"`
	// GroupMapping has for each scope the groups whose members get it: names,
	// or teams of GitHub.
	GroupMapping map[string]any `yaml:"groupMapping"`
}

// GafaelfawrConfig reads Gafaelfawr's configuration; without it the check is
// skipped.
func (c *Check) GafaelfawrConfig() GafaelfawrConfig {
	config, ok := Get(c, ConfigMaps, "gafaelfawr", gafaelfawrConfig)
	text, has := config.Data["gafaelfawr.yaml"]
	if !ok || !has {
		c.Skip("there is no ConfigMap gafaelfawr/" + gafaelfawrConfig + " with the key gafaelfawr.yaml")
	}
	read := GafaelfawrConfig{Object: config.Object}
	err := yaml.Unmarshal([]byte(text), &read)
	c.Must(err == nil, nil, "a gafaelfawr.yaml that can be read", fmt.Sprint(err))
	return read
}
