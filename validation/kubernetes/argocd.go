package kubernetes

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/lsst-sqre/muster/validation/message"
)

// Application is one of Argo CD (argoproj.io/v1alpha1). Its definition has no
// status subresource, so that its generation grows with every write.
type Application struct {
	Object `json:",inline"`
	// Operation is what was asked for. It stays for as long as a sync runs.
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
		// History are the syncs that succeeded.
		History []any `json:"history"`
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

// OperationState is the last sync, or the one that runs.
type OperationState struct {
	Phase    string      `json:"phase"`
	Message  string      `json:"message"`
	Started  metav1.Time `json:"startedAt"`
	Finished metav1.Time `json:"finishedAt"`
	// Retries is how often the sync was tried again after a failure. Between two
	// tries the phase is Running, and finishedAt that of the last.
	Retries int `json:"retryCount"`
	Result  struct {
		Resources []OperationResource `json:"resources"`
	} `json:"syncResult"`
}

// OperationResource is what a sync did with one object. A failed hook is named
// nowhere else.
type OperationResource struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Status    string `json:"status"`
	HookPhase string `json:"hookPhase"`
	// HookType is PreSync and so on; "" for what is no hook.
	HookType string `json:"hookType"`
	Message  string `json:"message"`
}

// ApplicationResource is one object of an Application. Argo CD 3 keeps no health
// of it here.
type ApplicationResource struct {
	Group     string `json:"group"`
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	// Status is that of the sync; a hook has none.
	Status string  `json:"status"`
	Health *Health `json:"health"`
	// Hook says that the object is one, which is no drift.
	Hook bool `json:"hook"`
	// RequiresPruning says that the object is no longer in Git.
	RequiresPruning bool `json:"requiresPruning"`
}

// String names the object.
func (r ApplicationResource) String() string {
	return r.Kind + " " + joined("/", r.Namespace, r.Name)
}

// ProgressDeadline is how long an Application may be Progressing, or a sync may
// run: a Deployment that takes longer is Degraded (Kubernetes'
// progressDeadlineSeconds).
const ProgressDeadline = 10 * time.Minute

// ProgressingFor is how long an Application has been Progressing, at most:
// where Argo CD does not say, since its last sync ended. reconciledAt would not
// do, because it is renewed every few minutes. It is false where nothing says.
func (a Application) ProgressingFor() (time.Duration, bool) {
	since := a.Status.Health.Since
	if o := a.Status.Operation; since.IsZero() && o != nil {
		since = o.Finished
	}
	return time.Since(since.Time), a.Status.Health.Status == "Progressing" && !since.IsZero()
}

// Syncing reports whether a sync runs that has not failed yet and has not run
// for long: what is not Synced or not Healthy is natural meanwhile.
func (a Application) Syncing(now time.Time) bool {
	o := a.Status.Operation
	return o != nil && o.runs() && o.Retries == 0 && now.Sub(o.Started.Time) < ProgressDeadline
}

func (o *OperationState) runs() bool { return o.Phase == "Running" || o.Phase == "Terminating" }

// States of an Application's operation.
const (
	StateNotBegun  = "not-begun"
	StateRunning   = "running"
	StateRetried   = "retried"
	StateFailed    = "failed"
	StatePruning   = "pruning"
	StateOutOfSync = "out-of-sync"
)

// OperationTrouble is what is wrong with the last sync, or with the one that was
// asked for.
func (a Application) OperationTrouble(now time.Time, grace time.Duration) Trouble {
	o := a.Status.Operation
	switch {
	case len(a.Operation) > 0 && (o == nil || !o.runs()):
		return trouble(StateNotBegun, "a sync was asked for, and Argo CD has not begun "+
			"it").pendingIf(now.Sub(a.Changed()) < grace)
	case o == nil || o.Phase == "Succeeded":
		return Trouble{}
	case o.runs() && o.Retries > 0:
		return trouble(StateRetried, "its sync failed %s and is tried again: %s", times(o.Retries), o.story())
	case o.runs():
		return trouble(StateRunning, "its sync runs for %s: %s", ago(now, o.Started.Time),
			o.story()).pendingIf(a.Syncing(now))
	}
	former := "; what was installed before goes on"
	if len(a.Status.History) == 0 {
		former = ""
	}
	return trouble(StateFailed, "%s: %s%s", o.Phase, o.story(), former)
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// story is what the sync says, with the objects that failed or run.
func (o *OperationState) story() string {
	var parts []string
	for _, r := range o.Result.Resources {
		failed := r.HookPhase == "Failed" || r.HookPhase == "Error" || r.Status == "SyncFailed"
		hook := r.HookType != "" && r.HookPhase == "Running" && o.runs() && o.Retries == 0
		if !failed && !hook {
			continue
		}
		name := r.Kind + " " + joined("/", r.Namespace, r.Name)
		if r.HookType != "" {
			name += " (" + r.HookType + " hook)"
		}
		parts = append(parts, name+" "+cmp.Or(r.HookPhase, r.Status)+": "+message.OneLine(r.Message))
	}
	return joined("; ", message.OneLine(o.Message), joined("; ", parts...))
}

// DeletionTrouble is that the Application was deleted and is still there.
func (a Application) DeletionTrouble(now time.Time) Trouble {
	if !a.Deleting() {
		return Trouble{}
	}
	since := a.Meta.DeletionTimestamp.Time
	text := fmt.Sprintf("it was deleted at %s and is still there, for %s", timeText(since), ago(now, since))
	if failed := ConditionOf(a.Status.Conditions, "DeletionError"); !failed.absent() {
		text += ": " + message.OneLine(failed.Message)
	}
	return trouble(StateDeleting, "%s", text).pendingIf(now.Sub(since) < ProgressDeadline)
}

// HealthTrouble is that the Application is not Healthy.
func (a Application) HealthTrouble(now time.Time, grace time.Duration) Trouble {
	h := a.Status.Health
	text := joined(": ", joined(" ", h.Status, h.Message), a.Sick())
	progressing, is := a.ProgressingFor()
	switch {
	case h.Status == "Healthy":
		return Trouble{}
	case h.Status == "":
		return trouble(StateUnseen, "%s", joined("; ", "no health: Argo CD has not looked at it yet", a.conditions())).
			pendingIf(now.Sub(a.Meta.CreationTimestamp.Time) < grace)
	case is:
		// As after every change.
		return trouble(h.Status, "%s, for %s", text,
			progressing.Round(time.Second)).pendingIf(progressing < ProgressDeadline || a.Syncing(now))
	}
	return trouble(h.Status, "%s", text).pendingIf(a.Syncing(now))
}

// SyncTrouble is that what runs is not what Git says.
func (a Application) SyncTrouble(now time.Time, grace time.Duration) Trouble {
	differ := a.outOfSync()
	prunable := func(r ApplicationResource) bool { return r.RequiresPruning }
	switch status := a.Status.Sync.Status; {
	case status == "Synced":
		return Trouble{}
	case status == "":
		return trouble(StateUnseen, "%s", joined("; ", "Argo CD has not compared it with Git yet", a.conditions())).
			pendingIf(now.Sub(a.Meta.CreationTimestamp.Time) < grace)
	case status == "OutOfSync" && len(differ) > 0 && !slices.ContainsFunc(differ,
		func(r ApplicationResource) bool { return !prunable(r) }):
		return trouble(StatePruning, "%s. Often that is harmless: argocd app sync %s --prune deletes it",
			a.Sick(), a.Meta.Name).pendingIf(a.Syncing(now))
	case status == "OutOfSync":
		return trouble(StateOutOfSync, "%s", joined(": ", status, a.Sick())).pendingIf(a.Syncing(now))
	default:
		return trouble(status, "%s", joined(": ", status, a.Sick()))
	}
}

// outOfSync are the objects that differ from Git, but for hooks.
func (a Application) outOfSync() []ApplicationResource {
	return slices.DeleteFunc(slices.Clone(a.Status.Resources), func(r ApplicationResource) bool {
		return r.Hook || r.Status == "" || r.Status == "Synced"
	})
}

// HealthKinds are the kinds of objects of which Argo CD judges the health.
var HealthKinds = []string{
	"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod", "PersistentVolumeClaim", "Ingress",
	"Service", "Certificate", "VaultSecret", "Application", "APIService", "HorizontalPodAutoscaler",
}

// some bounds what is named of an Application.
const some = 5

// Sick are the first of the objects that are not as they should be, and the
// conditions, as far as the Application itself says; "" where it says nothing.
func (a Application) Sick() string {
	var parts []string
	for _, r := range a.Status.Resources {
		switch {
		case r.Health != nil && r.Health.Status != "" && r.Health.Status != "Healthy":
			parts = append(parts, joined(" ", r.String(), r.Health.Status, r.Health.Message))
		case r.Hook || r.Status == "" || r.Status == "Synced":
		case r.RequiresPruning:
			parts = append(parts, r.String()+" is no longer in Git and was not deleted")
		case a.Status.Health.Status == "Missing":
			parts = append(parts, joined(" ", r.String(), r.Status)+" or missing")
		default:
			parts = append(parts, joined(" ", r.String(), r.Status))
		}
	}
	if more := len(parts) - some; more > 0 {
		parts = append(parts[:some], fmt.Sprintf("and %d more", more))
	}
	return joined("; ", joined("; ", parts...), a.conditions())
}

func (a Application) conditions() string {
	var parts []string
	for _, condition := range a.Status.Conditions {
		parts = append(parts, condition.String())
	}
	return joined("; ", parts...)
}

// reconcileLimit is more than Argo CD ever lets pass between two looks at an
// Application: it looks every two or three minutes.
const reconcileLimit = 30 * time.Minute

// ArgoCDTrouble is that Argo CD looks at no Application any more, though its
// pods may be ready.
func ArgoCDTrouble(all []Application, now time.Time) Trouble {
	var newest time.Time
	for _, a := range all {
		if t := a.Status.ReconciledAt.Time; t.After(newest) {
			newest = t
		}
	}
	if newest.IsZero() || now.Sub(newest) < reconcileLimit {
		return Trouble{}
	}
	return trouble(StateStale, "Argo CD has looked at none of them since %s, %s ago: its controller is down or deaf, "+
		"or cannot reach its Redis",
		timeText(newest), ago(now, newest))
}

// Unready is what Argo CD is not done with, in a few words. A sync that failed
// is over: the Application may be healthy all the same, and a check says so.
func (a Application) Unready(mayDiffer bool) string {
	health, sync := cmp.Or(a.Status.Health.Status, "not looked at"), cmp.Or(a.Status.Sync.Status, "not compared")
	switch o := a.Status.Operation; {
	case o != nil && o.runs():
		return "is being synced"
	case len(a.Operation) > 0:
		return "is about to be synced"
	case health != "Healthy":
		return "is " + health
	case sync != "Synced" && (!mayDiffer || sync != "OutOfSync"):
		return "is " + sync
	}
	return ""
}
