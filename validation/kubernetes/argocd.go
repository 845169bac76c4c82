package kubernetes

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/lsst-sqre/muster/validation/message"
)

// Application is an Application of Argo CD (argoproj.io/v1alpha1). Its
// definition has no status subresource, so its generation increases with every
// write.
type Application struct {
	Object `json:",inline"`
	// Operation is the requested operation. It stays as long as a sync runs.
	Operation map[string]any `json:"operation"`
	Spec      struct {
		Source ApplicationSource `json:"source"`
		// Sources are instead of Source.
		Sources []ApplicationSource `json:"sources"`
	} `json:"spec"`
	Status struct {
		Health       Health                `json:"health"`
		Sync         SyncStatus            `json:"sync"`
		Operation    *OperationState       `json:"operationState"`
		Conditions   []Condition           `json:"conditions"`
		Resources    []ApplicationResource `json:"resources"`
		ReconciledAt metav1.Time           `json:"reconciledAt"`
		// History has the syncs that succeeded.
		History []any `json:"history"`
	} `json:"status"`
}

// Health is Argo CD's judgement of objects, or "" before it has looked.
type Health struct {
	Status  string `json:"status"`
	Message string `json:"message"`
	// Since is when the status last changed; older Argo CDs do not report it.
	Since metav1.Time `json:"lastTransitionTime"`
}

// SyncStatus compares the cluster with Git.
type SyncStatus struct {
	Status string `json:"status"`
}

// SharedTrouble reports objects that another Application has, too.
func (a Application) SharedTrouble() Trouble {
	shared := conditionOf(a.Status.Conditions, "SharedResourceWarning")
	if shared.Message == "" {
		return Trouble{}
	}
	return trouble(StateShared, "%s", message.OneLine(shared.Message))
}

// ApplicationResource is one object of an Application. Argo CD 3 does not keep
// its health here.
type ApplicationResource struct {
	Group     string `json:"group"`
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	// Status is the sync status; a hook has none.
	Status string  `json:"status"`
	Health *Health `json:"health"`
	// Hook says that the object is a hook, which is no drift.
	Hook bool `json:"hook"`
	// RequiresPruning says that the object is no longer in Git.
	RequiresPruning bool `json:"requiresPruning"`
}

// String names the object.
func (r ApplicationResource) String() string {
	return r.Kind + " " + joined("/", r.Namespace, r.Name)
}

// DeletionTrouble reports an Application that was deleted and still exists.
func (a Application) DeletionTrouble(now time.Time) Trouble {
	if !a.Deleting() {
		return Trouble{}
	}
	since := a.Meta.DeletionTimestamp.Time
	text := fmt.Sprintf("it was deleted at %s and is still there, for %s", timeText(since), ago(now, since))
	if failed := conditionOf(a.Status.Conditions, "DeletionError"); !failed.absent() {
		text += ": " + message.OneLine(failed.Message)
	}
	return trouble(StateDeleting, "%s", text).pendingIf(now.Sub(since) < progressDeadline)
}

// HealthTrouble reports an Application that is not Healthy.
func (a Application) HealthTrouble(now time.Time, grace time.Duration) Trouble {
	h := a.Status.Health
	text := joined(": ", joined(" ", h.Status, h.Message), a.sick())
	progressing, is := a.progressingFor()
	switch {
	case h.Status == "Healthy":
		return Trouble{}
	case h.Status == "":
		return trouble(StateUnseen, "%s", joined("; ", "no health: Argo CD has not looked at it yet", a.conditions())).
			pendingIf(now.Sub(a.Meta.CreationTimestamp.Time) < grace)
	case is:
		// As after every change.
		return trouble(h.Status, "%s, for %s", text,
			progressing.Round(time.Second)).pendingIf(progressing < progressDeadline || a.syncing(now))
	}
	return trouble(h.Status, "%s", text).pendingIf(a.syncing(now))
}

// SyncTrouble reports an Application whose objects differ from Git.
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
			a.sick(), a.Meta.Name).pendingIf(a.syncing(now))
	case status == "OutOfSync":
		return trouble(StateOutOfSync, "%s", joined(": ", status, a.sick())).pendingIf(a.syncing(now))
	default:
		return trouble(status, "%s", joined(": ", status, a.sick()))
	}
}

// outOfSync returns the objects that differ from Git, without hooks.
func (a Application) outOfSync() []ApplicationResource {
	return slices.DeleteFunc(slices.Clone(a.Status.Resources), func(r ApplicationResource) bool {
		return r.Hook || r.Status == "" || r.Status == "Synced"
	})
}

// HealthKinds are the kinds of objects whose health Argo CD judges.
var HealthKinds = []string{
	"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod", "PersistentVolumeClaim", "Ingress",
	"Service", "Certificate", "VaultSecret", "Application", "APIService", "HorizontalPodAutoscaler",
}

// maxNamed bounds how many objects of an Application are named.
const maxNamed = 5

// sick names the first objects that are wrong, and the conditions, if the
// Application itself reports them, and else "".
func (a Application) sick() string {
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
	if more := len(parts) - maxNamed; more > 0 {
		parts = append(parts[:maxNamed], fmt.Sprintf("and %d more", more))
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

// ArgoCDConfig is the name of the ConfigMap with Argo CD's settings.
const ArgoCDConfig = "argocd-cm"

// Times between two looks of Argo CD at an Application.
const (
	// reconcileLimit is for its default, two or three minutes.
	reconcileLimit = 30 * time.Minute
	// reconcileRounds is how many of the site's own may pass.
	reconcileRounds = 3
)

// ReconcileLimit returns how long Argo CD may leave an Application alone, by its settings.
// It is 0 if it looks only when it is told to (timeout.reconciliation: 0s).
func ReconcileLimit(settings ConfigMap) time.Duration {
	every, err := time.ParseDuration(strings.TrimSpace(settings.Data["timeout.reconciliation"]))
	if err != nil {
		return reconcileLimit // it is not set
	}
	jitter, _ := time.ParseDuration(strings.TrimSpace(settings.Data["timeout.reconciliation.jitter"]))
	if every == 0 {
		return 0
	}
	return max(reconcileLimit, reconcileRounds*(every+jitter))
}

// ArgoCDTrouble reports that Argo CD no longer looks at any Application, though its pods
// may be ready. limit is as of ReconcileLimit.
func ArgoCDTrouble(all []Application, now time.Time, limit time.Duration) Trouble {
	newest := newestLook(all)
	if newest.IsZero() || limit == 0 || now.Sub(newest) < limit {
		return Trouble{}
	}
	return trouble(StateStale, "Argo CD has looked at none of them since %s, %s ago: its controller is down or deaf, "+
		"or cannot reach its Redis",
		timeText(newest), ago(now, newest))
}

func newestLook(all []Application) (newest time.Time) {
	for _, a := range all {
		if t := a.Status.ReconciledAt.Time; t.After(newest) {
			newest = t
		}
	}
	return newest
}

// skipReconcile makes Argo CD's controller leave an Application alone.
const skipReconcile = "argocd.argoproj.io/skip-reconcile"

// StaleTrouble reports that Argo CD no longer looks at this Application, and does at
// others.
func (a Application) StaleTrouble(all []Application, limit time.Duration) Trouble {
	own, newest := a.Status.ReconciledAt.Time, newestLook(all)
	if own.IsZero() || limit == 0 || newest.Sub(own) < limit {
		return Trouble{}
	}
	why := ""
	if a.Meta.Annotations[skipReconcile] == "true" {
		why = ", because its annotation " + skipReconcile + " says so"
	}
	return trouble(StateStale, "Argo CD has not looked at it since %s, %s before its last look at another one%s",
		timeText(own), ago(newest, own), why)
}

// Unready says in a few words what Argo CD is not done with. A failed sync is
// done: the Application may be healthy nevertheless, and a check reports the
// failure.
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
