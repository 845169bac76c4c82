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
		Source struct {
			TargetRevision string `json:"targetRevision"`
			Helm           struct {
				ValueFiles []string `json:"valueFiles"`
				Parameters []struct {
					Name  string `json:"name"`
					Value string `json:"value"`
				} `json:"parameters"`
			} `json:"helm"`
			Kustomize struct {
				Images []string `json:"images"`
			} `json:"kustomize"`
		} `json:"source"`
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

// Values returns what Phalanx gives every Application of an environment alike: the
// environment's own file of values, and parameters by their names. An Application
// without one lacks it.
func (a Application) Values() map[string]string {
	all := map[string]string{}
	for _, file := range a.Spec.Source.Helm.ValueFiles {
		if strings.HasPrefix(file, "values-") {
			all["valueFiles"] = file
		}
	}
	for _, p := range a.Spec.Source.Helm.Parameters {
		switch p.Name {
		case "global.host", "global.baseUrl", "global.environmentName", "global.vaultSecretsPath":
			all[p.Name] = p.Value
		}
	}
	return all
}

// OverrideTrouble reports values that the Application has from neither Git nor Phalanx's
// app of apps. Phalanx injects global values, and Vault's address; its installer gives
// the app of apps the last two.
func (a Application) OverrideTrouble() Trouble {
	overridden := slices.Clone(a.Spec.Source.Kustomize.Images)
	for _, p := range a.Spec.Source.Helm.Parameters {
		switch {
		case strings.HasPrefix(p.Name, "global."), p.Name == "vault-secrets-operator.vault.address",
			p.Name == "repoUrl", p.Name == "targetRevision":
		default:
			overridden = append(overridden, p.Name)
		}
	}
	if len(overridden) == 0 {
		return Trouble{}
	}
	return trouble(StateOverridden, "overridden in Argo CD: %s", message.OneLine(strings.Join(overridden, ", ")))
}

// SharedTrouble reports objects that another Application has, too.
func (a Application) SharedTrouble() Trouble {
	shared := conditionOf(a.Status.Conditions, "SharedResourceWarning")
	if shared.Message == "" {
		return Trouble{}
	}
	return trouble(StateShared, "%s", message.OneLine(shared.Message))
}

// OperationState is the last sync, or the running one.
type OperationState struct {
	Phase    string      `json:"phase"`
	Message  string      `json:"message"`
	Started  metav1.Time `json:"startedAt"`
	Finished metav1.Time `json:"finishedAt"`
	// Retries counts the retries of a failed sync. Between two tries the phase is
	// Running, and finishedAt is the end of the last try.
	Retries int `json:"retryCount"`
	Result  struct {
		Resources []OperationResource `json:"resources"`
	} `json:"syncResult"`
}

// OperationResource is the result of a sync for one object. Only here is a
// failed hook named.
type OperationResource struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Status    string `json:"status"`
	HookPhase string `json:"hookPhase"`
	// HookType is PreSync and so on, or "" if the object is no hook.
	HookType string `json:"hookType"`
	Message  string `json:"message"`
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

// progressDeadline bounds how long an Application may be Progressing and how
// long a sync may run. A Deployment that takes longer is Degraded (Kubernetes'
// progressDeadlineSeconds).
const progressDeadline = 10 * time.Minute

// progressingFor returns how long an Application has been Progressing. If Argo
// CD does not report it, the time counts from the end of the last sync.
// reconciledAt is no help, because it is renewed every few minutes. ok is false
// if nothing is known.
func (a Application) progressingFor() (time.Duration, bool) {
	since := a.Status.Health.Since
	if o := a.Status.Operation; since.IsZero() && o != nil {
		since = o.Finished
	}
	return time.Since(since.Time), a.Status.Health.Status == "Progressing" && !since.IsZero()
}

// syncing reports whether a sync runs that has neither failed nor run for long.
// Meanwhile objects that are not Synced or not Healthy are normal.
func (a Application) syncing(now time.Time) bool {
	o := a.Status.Operation
	return o != nil && o.runs() && o.Retries == 0 && now.Sub(o.Started.Time) < progressDeadline
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
	// StateShared: two Applications have one object.
	StateShared = "shared"
	// StateOverridden: Argo CD was told another value than Git has.
	StateOverridden = "overridden"
)

// OperationTrouble returns what is wrong with the last sync, or with the
// requested one.
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
			o.story()).pendingIf(a.syncing(now))
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

// story returns the message of the sync, with the objects that failed or still
// run.
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

// reconcileLimit is longer than the time between two looks of Argo CD at an
// Application, which is two or three minutes.
const reconcileLimit = 30 * time.Minute

// ArgoCDTrouble reports that Argo CD no longer looks at any Application, though
// its pods may be ready.
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
