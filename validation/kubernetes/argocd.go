package kubernetes

import (
	"cmp"
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

// Unready is what Argo CD is not done with, in a few words. A sync that failed
// is over: the Application may be healthy all the same, and a check tells.
func (a Application) Unready(mayDiffer bool) string {
	health, sync := cmp.Or(a.Status.Health.Status, "not looked at"), cmp.Or(a.Status.Sync.Status, "not compared")
	switch o := a.Status.Operation; {
	case len(a.Operation) > 0:
		return "is about to be synced"
	case o != nil && (o.Phase == "Running" || o.Phase == "Terminating"):
		return "is being synced"
	case health != "Healthy":
		return "is " + health
	case sync != "Synced" && (!mayDiffer || sync != "OutOfSync"):
		return "is " + sync
	}
	return ""
}
