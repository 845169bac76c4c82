package kubernetes

import (
	"fmt"
	"slices"
	"strings"
	"time"

	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/lsst-sqre/muster/validation/message"
)

// Namespace is a Namespace of v1.
type Namespace struct {
	Object `json:",inline"`
	Status struct {
		Conditions []Condition `json:"conditions"`
	} `json:"status"`
}

// StuckTrouble reports an object that was deleted and still exists, with what holds
// it.
func (o Object) StuckTrouble(now time.Time) Trouble {
	if !o.Deleting() {
		return Trouble{}
	}
	since := o.Meta.DeletionTimestamp.Time
	text := fmt.Sprintf("it was deleted at %s and is still there, for %s", timeText(since), ago(now, since))
	if held := o.Meta.Finalizers; len(held) > 0 {
		text += "; it waits for " + message.OneLine(strings.Join(held, ", "))
	}
	return trouble(StateDeleting, "%s", text).pendingIf(now.Sub(since) < progressDeadline)
}

// StuckTrouble reports a Namespace that was deleted and still exists, with what its
// controller says.
func (n Namespace) StuckTrouble(now time.Time) Trouble {
	t := n.Object.StuckTrouble(now)
	var holds []string
	for _, c := range n.Status.Conditions {
		if c.Is() {
			holds = append(holds, message.OneLine(c.Message))
		}
	}
	if !t.OK() && len(holds) > 0 {
		t.Text += ": " + strings.Join(slices.Compact(holds), "; ")
	}
	return t
}

// Alone reports whether no CronJob made the Job.
func (j Job) Alone() bool {
	for _, o := range j.Meta.OwnerReferences {
		if o.Kind == "CronJob" {
			return false
		}
	}
	return true
}

// FailureTrouble reports a Job that failed.
func (j Job) FailureTrouble() Trouble {
	failed, ok := j.condition("Failed")
	if !ok {
		return Trouble{}
	}
	return trouble(StateJobFailed, "it failed at %s: %s %s", timeText(failed.LastTransitionTime.Time), failed.Reason,
		message.OneLine(failed.Message))
}

// Lost returns the first of the slice's pods that does not exist, though the endpoint
// counts as ready.
func (e EndpointSlice) Lost(pods map[string]bool) (pod string, lost bool) {
	for _, p := range e.Endpoints {
		ready := p.Conditions.Ready == nil || *p.Conditions.Ready
		if r := p.TargetRef; ready && r != nil && r.Kind == "Pod" && !pods[r.Namespace+"/"+r.Name] {
			return r.Namespace + "/" + r.Name, true
		}
	}
	return "", false
}

// Written reports whether no controller keeps the slice, and an endpoint of it has no pod. Controllers call
// themselves by a domain, such as those that bring the endpoints of another cluster.
func (e EndpointSlice) Written() bool {
	return !strings.Contains(e.Meta.Labels[discoveryv1.LabelManagedBy], ".") &&
		slices.ContainsFunc(e.Endpoints, func(p discoveryv1.Endpoint) bool { return p.TargetRef == nil })
}
