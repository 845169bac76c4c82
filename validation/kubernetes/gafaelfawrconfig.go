package kubernetes

import (
	"go.yaml.in/yaml/v3"
)

// GafaelfawrConfigMap names the ConfigMap with Gafaelfawr's configuration, and
// its namespace.
const GafaelfawrConfigMap = "gafaelfawr"

// GafaelfawrConfig is the part of Gafaelfawr's configuration that checks read.
type GafaelfawrConfig struct {
	Object      `yaml:"-"`
	KnownScopes map[string]string `yaml:"knownScopes"`
	// GroupMapping has the groups for each scope: names, or teams of GitHub.
	GroupMapping map[string]any `yaml:"groupMapping"`
}

// ReadGafaelfawrConfig reads the configuration from a ConfigMap, and returns
// false if it has none.
func ReadGafaelfawrConfig(from ConfigMap) (GafaelfawrConfig, bool, error) {
	config := GafaelfawrConfig{Object: from.Object}
	text, ok := from.Data["gafaelfawr.yaml"]
	return config, ok, yaml.Unmarshal([]byte(text), &config)
}
