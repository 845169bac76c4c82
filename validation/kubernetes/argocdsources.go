package kubernetes

import (
	"slices"
	"strings"

	"github.com/lsst-sqre/muster/validation/message"
)

// ApplicationSource says where an Application comes from, and with which values.
type ApplicationSource struct {
	Helm struct {
		ValueFiles     []string   `json:"valueFiles"`
		Parameters     []HelmName `json:"parameters"`
		FileParameters []HelmName `json:"fileParameters"`
		// Values is YAML; Phalanx's app of apps gives values as an object.
		Values string `json:"values"`
	} `json:"helm"`
	Kustomize struct {
		Images []string `json:"images"`
	} `json:"kustomize"`
}

// HelmName is a value of a chart, by its path.
type HelmName struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

func (a Application) sources() []ApplicationSource {
	if len(a.Spec.Sources) > 0 {
		return a.Spec.Sources
	}
	return []ApplicationSource{a.Spec.Source}
}

// Values returns what Phalanx gives every Application of an environment alike: the
// environment's own file of values, and parameters by their names. An Application
// without one lacks it.
func (a Application) Values() map[string]string {
	all := map[string]string{}
	for _, source := range a.sources() {
		for _, file := range source.Helm.ValueFiles {
			if strings.HasPrefix(file, "values-") {
				all["valueFiles"] = file
			}
		}
		for _, p := range source.Helm.Parameters {
			switch p.Name {
			case "global.host", "global.baseUrl", "global.environmentName", "global.vaultSecretsPath":
				all[p.Name] = p.Value
			}
		}
	}
	return all
}

// OverrideTrouble reports values that the Application has from neither Git nor Phalanx's
// app of apps. Phalanx injects global values, and Vault's address; its installer gives
// the app of apps the last two.
func (a Application) OverrideTrouble() Trouble {
	var overridden []string
	for _, source := range a.sources() {
		overridden = append(overridden, source.Kustomize.Images...)
		for _, p := range slices.Concat(source.Helm.Parameters, source.Helm.FileParameters) {
			switch {
			case strings.HasPrefix(p.Name, "global."), p.Name == "vault-secrets-operator.vault.address",
				p.Name == "repoUrl", p.Name == "targetRevision":
			default:
				overridden = append(overridden, p.Name)
			}
		}
		if source.Helm.Values != "" {
			overridden = append(overridden, "helm.values")
		}
	}
	if len(overridden) == 0 {
		return Trouble{}
	}
	return trouble(StateOverridden, "overridden in Argo CD: %s", message.OneLine(strings.Join(overridden, ", ")))
}
