package gafaelfawr

// APIVersion of Gafaelfawr's Kubernetes resources.
const APIVersion = "gafaelfawr.lsst.io/v1alpha1"

// Ingress is a GafaelfawrIngress. It has no "spec": config and template are at
// the top (crds/ingress.yaml). Gafaelfawr's operator makes a Kubernetes Ingress
// of it.
type Ingress struct {
	APIVersion string          `json:"apiVersion"`
	Kind       string          `json:"kind"`
	Metadata   Metadata        `json:"metadata"`
	Config     IngressConfig   `json:"config"`
	Template   IngressTemplate `json:"template"`
}

// Metadata is the part of an object's metadata that Muster sets.
type Metadata struct {
	Name        string            `json:"name"`
	Namespace   string            `json:"namespace,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// IngressTemplate is the part that the operator copies into the Ingress.
type IngressTemplate struct {
	Metadata Metadata    `json:"metadata"`
	Spec     IngressSpec `json:"spec"`
}

// IngressSpec is the spec of a Kubernetes Ingress (networking.k8s.io/v1).
type IngressSpec struct {
	Rules []IngressRule `json:"rules"`
	TLS   []IngressTLS  `json:"tls,omitempty"`
}

// IngressRule maps the paths of one host to services.
type IngressRule struct {
	Host string `json:"host"`
	HTTP struct {
		Paths []IngressPath `json:"paths"`
	} `json:"http"`
}

// IngressPath maps one path, Exact or Prefix, to a service.
type IngressPath struct {
	Path     string `json:"path"`
	PathType string `json:"pathType"`
	Backend  struct {
		Service struct {
			Name string `json:"name"`
			Port struct {
				Name   string `json:"name,omitempty"`
				Number int    `json:"number,omitempty"`
			} `json:"port"`
		} `json:"service"`
	} `json:"backend"`
}

// IngressTLS names hosts that are served with TLS. ingress-nginx redirects
// plain HTTP only for hosts that some Ingress lists here (recorded).
// Gafaelfawr's operator rejects an entry without secretName, which Kubernetes
// accepts.
type IngressTLS struct {
	Hosts      []string `json:"hosts"`
	SecretName string   `json:"secretName"`
}

// IngressConfig is the "config" of a GafaelfawrIngress
// (gafaelfawr.lsst.io/v1alpha1): what its routes require of a caller.
type IngressConfig struct {
	// AllowCookies defaults to true.
	AllowCookies *bool `json:"allowCookies,omitempty"`
	AllowOptions bool  `json:"allowOptions,omitempty"`
	// AuthCacheDuration is a duration in nginx's notation, such as 5m.
	AuthCacheDuration string `json:"authCacheDuration,omitempty"`
	// AuthType is the scheme of the challenge: bearer (the default) or basic.
	AuthType      string    `json:"authType,omitempty"`
	Delegate      *Delegate `json:"delegate,omitempty"`
	LoginRedirect bool      `json:"loginRedirect,omitempty"`
	OnlyServices  []string  `json:"onlyServices,omitempty"`
	Scopes        Scopes    `json:"scopes"`
	// Service is the name under which quotas are counted.
	Service    string `json:"service,omitempty"`
	UserDomain bool   `json:"userDomain,omitempty"`
	Username   string `json:"username,omitempty"`
}

// Scopes are the scopes that the caller's token needs. Exactly one member is
// set. If All is set and empty, any valid token is enough.
type Scopes struct {
	All       []string `json:"all,omitzero"`
	Any       []string `json:"any,omitzero"`
	Anonymous bool     `json:"anonymous,omitempty"`
}

// Delegate requests a token with which the backend acts as the caller. Exactly
// one of Internal and Notebook is set.
type Delegate struct {
	Internal *InternalToken `json:"internal,omitempty"`
	Notebook *struct{}      `json:"notebook,omitempty"`
	// MinimumLifetime in seconds; the default is 300, and less is refused on use.
	MinimumLifetime  int  `json:"minimumLifetime,omitempty"`
	UseAuthorization bool `json:"useAuthorization,omitempty"`
}

// InternalToken delegates to one service with at most these scopes.
type InternalToken struct {
	Service string   `json:"service"`
	Scopes  []string `json:"scopes"`
}
