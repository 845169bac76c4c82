package kubernetes

import (
	"go.yaml.in/yaml/v3"
)

// GafaelfawrConfigMap is the ConfigMap of Gafaelfawr's configuration, in the
// namespace of that name.
const GafaelfawrConfigMap = "gafaelfawr"

// GafaelfawrConfig is what checks read of Gafaelfawr's configuration.
type GafaelfawrConfig struct {
	Object      `yaml:"-"`
	KnownScopes map[string]string `yaml:"knownScopes"`
	// GroupMapping has for each scope the groups whose members get it: names,
	// or teams of GitHub.
	GroupMapping map[string]any `yaml:"groupMapping"`
}

// ReadGafaelfawrConfig reads the configuration in a ConfigMap; false where it has
// none.
func ReadGafaelfawrConfig(from ConfigMap) (GafaelfawrConfig, bool, error) {
	config := GafaelfawrConfig{Object: from.Object}
	text, ok := from.Data["gafaelfawr.yaml"]
	return config, ok, yaml.Unmarshal([]byte(text), &config)
}
