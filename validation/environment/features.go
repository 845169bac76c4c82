package environment

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Feature is something that an environment declares its deployment to have.
type Feature string

// Features that checks need; example.yaml explains them.
const (
	Quota     Feature = "quota"
	HomePage  Feature = "homepage"
	Discovery Feature = "discovery"
	LDAP      Feature = "ldap"
	Firestore Feature = "firestore"

	Kubernetes   Feature = "kubernetes"
	ReadSecrets  Feature = "secrets"
	IngressNginx Feature = "ingress-nginx"
	ArgoCD       Feature = "argocd"
	Vault        Feature = "vault"
	CertManager  Feature = "cert-manager"
	Policies     Feature = "networkpolicy"
	Inside       Feature = "inside"
	Persistence  Feature = "persistence"
)

// Features lists all features in the order in which texts name them.
var Features = []Feature{Quota, HomePage, Discovery, LDAP, Firestore,
	Kubernetes, ReadSecrets, IngressNginx, ArgoCD, Vault, CertManager, Policies, Inside, Persistence}

// NeedsKubernetes reports whether checks of the feature read Kubernetes
// objects.
func (f Feature) NeedsKubernetes() bool {
	return slices.Contains([]Feature{ReadSecrets, IngressNginx, ArgoCD, Vault, CertManager, Policies}, f)
}

// serviceOf names the application that provides a feature.
var serviceOf = map[Feature]string{
	IngressNginx: "ingress-nginx", ArgoCD: "argocd", Vault: "vault-secrets-operator", CertManager: "cert-manager",
	HomePage: "squareone", Discovery: "repertoire",
}

// refuseFeatures rejects unknown features, behind a sign, too: a misspelt one
// would be removed from nothing.
func refuseFeatures(list *yaml.Node) error {
	for _, item := range list.Content {
		name := strings.TrimLeft(item.Value, "+-")
		if !slices.Contains(Features, Feature(name)) {
			return fmt.Errorf("line %d: %w", item.Line, unknownFeature(strings.TrimSuffix(item.Value, name), name))
		}
	}
	return nil
}

// unknownFeature says which features there are. The sign is "", "+" or "-".
func unknownFeature(sign, name string) error {
	return fmt.Errorf("unknown feature %q%s: known are %s", sign+name, didYouMean(name, texts(Features)), join(Features))
}

func texts[T ~string](list []T) []string {
	all := make([]string, len(list))
	for i, v := range list {
		all[i] = string(v)
	}
	return all
}

func join[T ~string](list []T) string { return strings.Join(texts(list), ", ") }
