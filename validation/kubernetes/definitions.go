package kubernetes

import (
	"slices"
	"strings"
)

// Definition is a CustomResourceDefinition of apiextensions.k8s.io/v1.
type Definition struct {
	Object `json:",inline"`
	Spec   struct {
		Versions []DefinitionVersion `json:"versions"`
		// KeepsAll is what a definition of apiextensions.k8s.io/v1beta1 left.
		KeepsAll bool `json:"preserveUnknownFields"`
	} `json:"spec"`
}

// DefinitionVersion is one version of the objects.
type DefinitionVersion struct {
	Name         string `json:"name"`
	Subresources struct {
		Status *struct{} `json:"status"`
	} `json:"subresources"`
	Schema struct {
		Object Schema `json:"openAPIV3Schema"`
	} `json:"schema"`
}

// Schema is the part of a schema that decides which fields Kubernetes keeps.
type Schema struct {
	KeepsUnknown bool              `json:"x-kubernetes-preserve-unknown-fields"`
	Properties   map[string]Schema `json:"properties"`
	Items        *Schema           `json:"items"`
	// Additional is a schema or a boolean.
	Additional any `json:"additionalProperties"`
}

// Version returns a version, and false if there is none.
func (d Definition) Version(name string) (DefinitionVersion, bool) {
	at := slices.IndexFunc(d.Spec.Versions, func(v DefinitionVersion) bool { return v.Name == name })
	if at < 0 {
		return DefinitionVersion{}, false
	}
	return d.Spec.Versions[at], true
}

// Keeps reports whether Kubernetes keeps a field of objects of the version, such as
// template.metadata.name; in lists it is one of their members, and * is any name. Kubernetes
// drops what the schema does not have without a word.
func (d Definition) Keeps(version DefinitionVersion, field string) bool {
	s := version.Schema.Object
	for name := range strings.SplitSeq(field, ".") {
		for s.Items != nil {
			s = *s.Items
		}
		next, ok := s.Properties[name]
		if !ok {
			return d.Spec.KeepsAll || s.KeepsUnknown || s.Additional != nil && s.Additional != false
		}
		s = next
	}
	return true
}
