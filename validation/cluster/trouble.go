package cluster

import (
	"fmt"

	"github.com/lsst-sqre/muster/validation/kubernetes"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// object is a Kubernetes object that a finding may be about.
type object interface {
	fmt.Stringer
	Namespace() string
}

// Judge records the trouble of an object. Trouble of a new or changing object
// may pass by itself and is only a remark.
func (c *Cluster) Judge(o object, expected string, t kubernetes.Trouble) bool {
	return c.judgeAs(o, expected, t, verdict.Reported(t.State, t.Text))
}

func (c *Cluster) judgeAs(o object, expected string, t kubernetes.Trouble, reason verdict.Reason) bool {
	if t.OK() {
		return true
	}
	if t.Pending {
		c.Remark("%s: %s", o, t.Text)
		return true
	}
	return c.ExpectOf(o, false, expected, t.Text, reason)
}

// JudgeWorkload is Judge for a workload.
func (c *Cluster) JudgeWorkload(w kubernetes.Workload, t kubernetes.Trouble) bool {
	t.Pending = t.Pending || t.State == kubernetes.StatePods && c.arriving(w)
	reason := verdict.Reported(t.State, t.Text)
	switch t.State {
	case kubernetes.StateAbsent:
		reason = verdict.Missing(w.Kind)
	case kubernetes.StateZero, kubernetes.StatePods:
		reason = verdict.PodCount(int(w.Wanted), int(w.Ready))
	}
	return c.judgeAs(w, "all its pods of the newest revision, and ready", t, reason)
}

// arrivingRounds is how many times the grace of new objects a pod gets to be ready that
// joins others.
const arrivingRounds = 5

// arriving reports whether new pods are what the workload lacks, while others serve, as
// after scaling, a drained node or a new one.
func (c *Cluster) arriving(w kubernetes.Workload) bool {
	arriving := int32(0)
	for _, p := range inServices(c, kubernetes.Pods) {
		if w.Makes(p) && !p.Ended() && !p.Ready() && p.Age() < arrivingRounds*c.Grace() {
			arriving++
		}
	}
	return w.Ready > 0 && arriving >= w.Wanted-w.Ready
}
