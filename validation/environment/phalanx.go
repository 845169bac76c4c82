package environment

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"go.yaml.in/yaml/v3"
)

// phalanxValues are what the suite reads of environments/values-NAME.yaml in
// Phalanx, which says what a deployment is configured to have.
type phalanxValues struct {
	FQDN          string          `yaml:"fqdn"`
	AppOfAppsName string          `yaml:"appOfAppsName"`
	Applications  map[string]bool `yaml:"applications"`
}

// readPhalanx takes the selector and the list of Applications from a checkout
// of Phalanx. Those of one environment stand over the defaults in values.yaml.
func (e *Environment) readPhalanx(checkout string) error {
	var v phalanxValues
	var file string
	for _, name := range []string{"values.yaml", "values-" + e.Name + ".yaml"} {
		file = filepath.Join(checkout, "environments", name)
		text, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("-phalanx must name a checkout of Phalanx that has the environment %q: %w", e.Name, err)
		}
		if err := yaml.Unmarshal(text, &v); err != nil { // into what values.yaml set
			return fmt.Errorf("cannot read %s: %w", file, err)
		}
	}
	if v.FQDN != e.Host() {
		return fmt.Errorf("%s is about %q, but the environment %q about %q", file, v.FQDN, e.Name, e.Host())
	}
	e.ArgoCD.Selector = "argocd.argoproj.io/instance=" + v.AppOfAppsName
	e.ArgoCD.Applications = nil
	for name, enabled := range v.Applications {
		if enabled {
			e.ArgoCD.Applications = append(e.ArgoCD.Applications, name)
		}
	}
	slices.Sort(e.ArgoCD.Applications)
	return nil
}
