package kubernetes

import (
	"fmt"
	"time"

	"github.com/lsst-sqre/muster/validation/message"
)

// rolloutGrace is how long a rollout may stand still, because the condition
// Progressing is renewed with every pod that becomes ready.
const rolloutGrace = 5 * time.Minute

// States of a workload.
const (
	StateAbsent   = "absent"
	StateZero     = "zero"
	StatePaused   = "paused"
	StateRefused  = "pods-refused"
	StateDeadline = "deadline"
	StateRollout  = "rollout"
	StatePods     = "pods"
	// StateOnDelete: pods stay of an older revision until somebody deletes them.
	StateOnDelete = "on-delete"
	// StatePartition: pods below a number stay of an older revision.
	StatePartition = "partition"
)

// Trouble returns what is wrong with the workload, by the rule of kubectl
// rollout status: all pods have the newest revision and are available, and no
// old pod is left.
func (w Workload) Trouble(now time.Time, grace time.Duration) Trouble {
	refused, progress := conditionOf(w.Conditions, "ReplicaFailure"), conditionOf(w.Conditions, "Progressing")
	switch {
	case w.Meta.UID == "":
		return trouble(StateAbsent, "it does not exist")
	case w.Wanted == 0 && w.Kind != "DaemonSet":
		return trouble(StateZero, "scaled to zero")
	case refused.Is() && !w.complete():
		return trouble(StateRefused, "its pods are refused: %s%s", message.OneLine(refused.Message),
			refused.since()).pendingIf(now.Sub(refused.Since.Time) < grace) // what they need may be made a moment later
	case w.ObservedGeneration < w.Meta.Generation:
		return trouble(StateStale, "its status is of generation %d, and the object is of generation %d: "+
			"kube-controller-manager has not looked since it was changed",
			w.ObservedGeneration, w.Meta.Generation).pendingIf(now.Sub(w.Changed()) < grace)
	case progress.Status == "False":
		return trouble(StateDeadline, "%s: %s", w.counts(), progress)
	case w.Paused:
		return trouble(StatePaused, "its rollout is paused, so that no change is rolled out: kubectl -n %s rollout resume "+
			"%s/%s",
			w.Namespace(), w.Kind, w.Meta.Name)
	case w.Strategy == "OnDelete" && w.Updated < w.Wanted:
		return trouble(StateOnDelete, "%s, because its updateStrategy is OnDelete: the others stay as they are until "+
			"somebody deletes them", w.counts()).pendingIf(now.Sub(w.Changed()) < grace)
	case w.Partition > 0 && w.Updated < w.Wanted:
		return trouble(StatePartition, "%s, because its updateStrategy has the partition %d: the pods below that number "+
			"stay as they are", w.counts(), w.Partition).pendingIf(w.young(progress, now))
	case w.complete():
		return Trouble{}
	case w.Updated >= w.Wanted && w.Replicas <= w.Updated && w.Ready < w.Wanted && progress.Reason != "ReplicaSetUpdated":
		return trouble(StatePods, "%s", w.counts()).pendingIf(w.young(progress, now))
	}
	return trouble(StateRollout, "a rollout goes on%s: %s", w.standing(progress, now),
		w.counts()).pendingIf(w.young(progress, now))
}

func (w Workload) complete() bool {
	return w.Ready >= w.Wanted && w.Updated >= w.Wanted && w.Replicas <= w.Updated && w.Available >= w.Wanted
}

// young reports whether the rollout moved a short while ago. The end of a
// rollout, NewReplicaSetAvailable, is no move.
func (w Workload) young(progress Condition, now time.Time) bool {
	switch {
	case w.Kind != "Deployment":
		return w.RollingOut && now.Sub(w.Changed()) < rolloutGrace
	case progress.absent(): // as Kubernetes does without a progressDeadlineSeconds
		return w.Updated < w.Replicas && now.Sub(w.Changed()) < rolloutGrace
	}
	moves := progress.Is() && progress.Reason != "NewReplicaSetAvailable" || progress.Reason == "DeploymentResumed"
	return moves && now.Sub(progress.Updated.Time) < rolloutGrace
}

func (w Workload) standing(progress Condition, now time.Time) string {
	if progress.Updated.IsZero() {
		return ""
	}
	return ", and nothing of it has moved for " + ago(now, progress.Updated.Time)
}

// counts says how many pods are right, by the first broken rule.
func (w Workload) counts() string {
	switch {
	case w.Updated < w.Wanted:
		return fmt.Sprintf("%d of %d pods are of the newest revision", w.Updated, w.Wanted)
	case w.Replicas > w.Updated:
		return fmt.Sprintf("%d of an older revision are left, as the %d pods of the newest do not become ready",
			w.Replicas-w.Updated, w.Updated)
	case w.Ready < w.Wanted:
		return fmt.Sprintf("%d of %d pods are ready", w.Ready, w.Wanted)
	}
	return fmt.Sprintf("%d of %d pods are available", w.Available, w.Wanted)
}
