package kubernetes

import (
	"cmp"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/lsst-sqre/muster/validation/message"
)

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
