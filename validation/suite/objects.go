package suite

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/message"
)

// Object is what all Kubernetes objects have. Types here hold what checks read,
// and no more.
type Object struct {
	Kind string            `json:"kind"`
	Meta metav1.ObjectMeta `json:"metadata"`
}

// String names the object as a person would.
func (o Object) String() string {
	if o.Meta.Namespace == "" {
		return o.Kind + " " + o.Meta.Name
	}
	return o.Kind + " " + o.ID()
}

// ID is namespace/name.
func (o Object) ID() string { return o.Meta.Namespace + "/" + o.Meta.Name }

// Namespace is where the object is, "" for one of the whole cluster.
func (o Object) Namespace() string { return o.Meta.Namespace }

// Age is how long ago the object was created.
func (o Object) Age() time.Duration { return time.Since(o.Meta.CreationTimestamp.Time) }

// Changed is when the content of the object was last changed.
func (o Object) Changed() time.Time {
	last := o.Meta.CreationTimestamp.Time
	for _, f := range o.Meta.ManagedFields {
		if f.Time != nil && f.Time.After(last) {
			last = f.Time.Time
		}
	}
	return last
}

// Condition is one of an object's status.conditions.
type Condition struct {
	Type    string `json:"type"`
	Status  string `json:"status"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
	// ObservedGeneration is the version of the object that it is about.
	ObservedGeneration int64 `json:"observedGeneration"`
}

// ConditionOf is the condition of that type; one that is absent has the status
// "absent".
func ConditionOf(all []Condition, kind string) Condition {
	for _, c := range all {
		if c.Type == kind {
			return c
		}
	}
	return Condition{Type: kind, Status: "absent"}
}

// String is the condition in one line.
func (c Condition) String() string {
	return message.OneLine(c.Type + " " + c.Status + " " + c.Reason + " " + c.Message)
}

// Ingress is one of networking.k8s.io/v1.
type Ingress struct {
	Object `json:",inline"`
	Spec   struct {
		Class string                   `json:"ingressClassName"`
		Rules []gafaelfawr.IngressRule `json:"rules"`
		TLS   []gafaelfawr.IngressTLS  `json:"tls"`
	} `json:"spec"`
}

// Annotation is one of ingress-nginx's annotations, without its prefix.
func (i Ingress) Annotation(name string) string {
	return i.Meta.Annotations["nginx.ingress.kubernetes.io/"+name]
}

// GafaelfawrIngress is a resource of Gafaelfawr's operator.
type GafaelfawrIngress struct {
	Object   `json:",inline"`
	Config   gafaelfawr.IngressConfig   `json:"config"`
	Template gafaelfawr.IngressTemplate `json:"template"`
	Status   OperatorStatus             `json:"status"`
}

// GafaelfawrServiceToken is a resource of Gafaelfawr's operator.
type GafaelfawrServiceToken struct {
	Object `json:",inline"`
	Spec   struct {
		Service string   `json:"service"`
		Scopes  []string `json:"scopes"`
	} `json:"spec"`
	Status OperatorStatus `json:"status"`
}

// OperatorStatus is what Gafaelfawr's operator writes: the outcome of the last
// change and, of service tokens, of the hourly look at the Secret.
type OperatorStatus struct {
	Create   *Condition `json:"create"`
	Periodic *Condition `json:"periodic"`
}

// Event is what a controller says of an object, kept for an hour.
type Event struct {
	Object   `json:",inline"`
	Type     string `json:"type"`
	Reason   string `json:"reason"`
	Message  string `json:"message"`
	Involved struct {
		Kind      string `json:"kind"`
		Namespace string `json:"namespace"`
		Name      string `json:"name"`
	} `json:"involvedObject"`
	Count     int              `json:"count"`
	LastSeen  metav1.Time      `json:"lastTimestamp"`
	EventTime metav1.MicroTime `json:"eventTime"`
	Series    *struct {
		LastObserved metav1.MicroTime `json:"lastObservedTime"`
	} `json:"series"`
}

// Time is when the event was last seen.
func (e Event) Time() time.Time {
	switch {
	case e.Series != nil && !e.Series.LastObserved.IsZero():
		return e.Series.LastObserved.Time
	case !e.LastSeen.IsZero():
		return e.LastSeen.Time
	case !e.EventTime.IsZero():
		return e.EventTime.Time
	}
	return e.Meta.CreationTimestamp.Time
}

// ConfigMap of v1.
type ConfigMap struct {
	Object `json:",inline"`
	Data   map[string]string `json:"data"`
}

// Secret of v1. Its values never reach an output.
type Secret struct {
	Object `json:",inline"`
	Type   string            `json:"type"`
	Data   map[string][]byte `json:"data"`
}

// IngressClass of networking.k8s.io/v1.
type IngressClass struct {
	Object `json:",inline"`
	Spec   struct {
		Controller string `json:"controller"`
	} `json:"spec"`
}

// EndpointSlice of discovery.k8s.io/v1.
type EndpointSlice struct {
	Object    `json:",inline"`
	Endpoints []struct {
		Conditions struct {
			Ready *bool `json:"ready"`
		} `json:"conditions"`
	} `json:"endpoints"`
}

// Ready reports whether any endpoint is: one that does not say is.
func (e EndpointSlice) Ready() bool {
	for _, p := range e.Endpoints {
		if p.Conditions.Ready == nil || *p.Conditions.Ready {
			return true
		}
	}
	return false
}

// Namespace of v1.
type Namespace struct {
	Object `json:",inline"`
}
