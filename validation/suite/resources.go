package suite

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Application is one of Argo CD (argoproj.io/v1alpha1).
type Application struct {
	Object `json:",inline"`
	// Operation is one that was asked for and that nobody has picked up.
	Operation map[string]any `json:"operation"`
	Spec      struct {
		Source struct {
			TargetRevision string `json:"targetRevision"`
		} `json:"source"`
	} `json:"spec"`
	Status struct {
		Health       Health                `json:"health"`
		Sync         SyncStatus            `json:"sync"`
		Operation    *OperationState       `json:"operationState"`
		Conditions   []Condition           `json:"conditions"`
		Resources    []ApplicationResource `json:"resources"`
		ReconciledAt metav1.Time           `json:"reconciledAt"`
	} `json:"status"`
}

// Health is what Argo CD makes of the state of objects; "" before it looked.
type Health struct {
	Status  string `json:"status"`
	Message string `json:"message"`
	// Since is when the status became what it is; older Argo CDs do not say.
	Since metav1.Time `json:"lastTransitionTime"`
}

// SyncStatus compares what runs with what Git says.
type SyncStatus struct {
	Status string `json:"status"`
}

// OperationState is the last sync.
type OperationState struct {
	Phase    string      `json:"phase"`
	Message  string      `json:"message"`
	Finished metav1.Time `json:"finishedAt"`
	// Retries is how often the sync was tried again after a failure.
	Retries int `json:"retryCount"`
}

// ProgressDeadline is how long an Application may be Progressing: a Deployment
// that takes longer is Degraded (Kubernetes' progressDeadlineSeconds).
const ProgressDeadline = 10 * time.Minute

// ProgressingFor is how long an Application has been Progressing, at most:
// where Argo CD does not say, since its last sync ended. reconciledAt would not
// do, for it is renewed every few minutes. It is false where nothing tells.
func (a Application) ProgressingFor() (time.Duration, bool) {
	since := a.Status.Health.Since
	if o := a.Status.Operation; since.IsZero() && o != nil {
		since = o.Finished
	}
	return time.Since(since.Time), a.Status.Health.Status == "Progressing" && !since.IsZero()
}

// ApplicationResource is one object of an Application. Argo CD can be told to
// leave out the health.
type ApplicationResource struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	// Status is that of the sync.
	Status string  `json:"status"`
	Health *Health `json:"health"`
}

// VaultSecret of vault-secrets-operator (ricoberger.de/v1alpha1).
type VaultSecret struct {
	Object `json:",inline"`
	Spec   struct {
		Path string `json:"path"`
	} `json:"spec"`
	Status struct {
		Conditions []Condition `json:"conditions"`
	} `json:"status"`
}

// ACME is a Challenge or an Order of cert-manager (acme.cert-manager.io/v1).
type ACME struct {
	Object `json:",inline"`
	Status struct {
		State  string `json:"state"`
		Reason string `json:"reason"`
	} `json:"status"`
}

// Failed reports whether it came to an end without success.
func (a ACME) Failed() bool {
	return a.Status.State == "invalid" || a.Status.State == "errored" || a.Status.State == "expired"
}

// Issuer of cert-manager (cert-manager.io/v1), also a ClusterIssuer.
type Issuer struct {
	Object `json:",inline"`
	Status struct {
		Conditions []Condition `json:"conditions"`
	} `json:"status"`
}

// Certificate of cert-manager (cert-manager.io/v1).
type Certificate struct {
	Object `json:",inline"`
	Spec   struct {
		SecretName string   `json:"secretName"`
		DNSNames   []string `json:"dnsNames"`
	} `json:"spec"`
	Status struct {
		Conditions []Condition `json:"conditions"`
		NotAfter   metav1.Time `json:"notAfter"`
		Renewal    metav1.Time `json:"renewalTime"`
	} `json:"status"`
}

// ControllerStarted is when Argo CD's controller last started; the zero time
// where it does not run.
func (c *Check) ControllerStarted() time.Time {
	var newest time.Time
	for _, p := range List(c, Pods, c.run.env.ArgoCD.Namespace, "app.kubernetes.io/name=argocd-application-controller") {
		if p.Status.Started.After(newest) {
			newest = p.Status.Started.Time
		}
	}
	return newest
}
