package validation

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/lsst-sqre/muster/validation/suite"
)

// What keeps a deployment well that works today: jobs, volumes, and how pods
// end.

func TestCronJobs(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The CronJobs of the minimal services run and succeed: none missed its last two runs, and no newest Job " +
			"failed, hangs or has no pod.",
		Cause: "Started and not successful: the log of its last Job says why (kubectl get jobs). No pod: a quota or an " +
			"admission webhook refuses it. Not started: Kubernetes gave up after a hundred missed times, or the former Job " +
			"never ended. Gafaelfawr's delete old tokens and compare its database with its Redis; Muster's are this validation.",
		Needs: []suite.Feature{suite.Kubernetes},
	}, func(c *suite.Check) {
		all := suite.Some(c, c.CronJobs(), "CronJobs of these services")
		jobs := c.Jobs()
		for _, j := range all {
			switch started := j.LastRun(); {
			case j.Suspended() && j.Namespace() == "gafaelfawr": // which the chart never does
				c.ExpectOf(j, false, "to be started ("+j.Spec.Schedule+")", "it is suspended", suite.State("suspended"))
			case j.Suspended():
				c.Remark("%s is suspended", j)
			case started.IsZero():
				timely(c, j, j.Changed()) // it may not have been due yet
			case c.OwnValidation(j): // it fails whenever this check does
				if timely(c, j, started) && !c.WithinCluster() {
					successful(c, j)
				}
			default:
				often(c, j)
				events := suite.TryList(c, suite.Events, j.Namespace())
				if trouble := j.JobTrouble(jobs, events, time.Now()); c.Judge(j, "a newest Job that succeeded", trouble) &&
					timely(c, j, started) {
					successful(c, j)
				}
			}
		}
	})
}

// often judges that a CronJob without which data pile up is to run each day.
func often(c *suite.Check, j suite.CronJob) {
	if interval, ok := j.Interval(); ok && j.ID() == "gafaelfawr/gafaelfawr-maintenance" {
		c.ExpectOf(j, interval <= 25*time.Hour, "a schedule of each day or more often", "the schedule "+j.Spec.Schedule,
			suite.Setting("schedule", "", j.Spec.Schedule))
	}
}

// timely judges that a CronJob is started by its schedule.
func timely(c *suite.Check, j suite.CronJob, started time.Time) bool {
	allowed, ok := lateness(c, j)
	return !ok || c.ExpectOf(j, time.Since(started) < allowed, "to be started ("+j.Spec.Schedule+")",
		"not started since "+started.UTC().Format(time.RFC3339), suite.Overdue("start"))
}

func successful(c *suite.Check, j suite.CronJob) {
	succeeded := j.LastSuccess()
	if succeeded.IsZero() {
		succeeded = j.Meta.CreationTimestamp.Time
	}
	if allowed, ok := lateness(c, j); ok {
		c.ExpectOf(j, time.Since(succeeded) < allowed, "to succeed ("+j.Spec.Schedule+")",
			"it is started, and has not succeeded since "+succeeded.UTC().Format(time.RFC3339), suite.Overdue("success"))
	}
}

// lateness is how late a run may be; it is false where the schedule names no
// times.
func lateness(c *suite.Check, j suite.CronJob) (time.Duration, bool) {
	interval, ok := j.Interval()
	if !ok && j.Namespace() == "gafaelfawr" {
		c.ExpectOf(j, false, "a schedule that names times", "the schedule "+j.Spec.Schedule+" names none",
			suite.Setting("schedule", "times", j.Spec.Schedule))
	} else if !ok {
		c.Remark("%s: the schedule %q names no times, so that its runs are not judged", j, j.Spec.Schedule)
	}
	return 2*interval + time.Hour, ok
}

func TestVolumes(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The volumes of the minimal services are there, with the size that they ask for.",
		Cause: "Lost: its disk was deleted with its data. Pending: no storage class, or no room. A pod that uses the " +
			"volume runs until it is restarted. Smaller: the storage refuses to enlarge it, or its pod must be restarted.",
		Needs: []suite.Feature{suite.Kubernetes},
	}, func(c *suite.Check) {
		pods := c.ServicePods()
		for _, v := range suite.Some(c, c.Volumes(), "PersistentVolumeClaims of these services") {
			c.Judge(v, "the size that it asks for", v.ResizeTrouble(time.Now()))
			// Of some classes, until a pod wants it.
			waits := v.Status.Phase == "Pending" && (!used(pods, v) || !c.Settled(v.Object))
			c.ExpectOf(v, v.Status.Phase == "Bound" || waits, "Bound",
				string(v.Status.Phase)+"; "+c.EventsOf(v.Object), suite.State(string(v.Status.Phase)))
		}
	})
}

func used(pods []suite.Pod, v suite.Volume) bool {
	for _, p := range pods {
		if p.Namespace() == v.Namespace() && p.Claims(v.Meta.Name) {
			return true
		}
	}
	return false
}

func TestRedisPersistent(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Gafaelfawr's Redis keeps the tokens on a volume, to which it writes.",
		Cause: "redis.persistence.enabled is false in the environment's values of Gafaelfawr, as on minikube, or the " +
			"arguments of Redis forbid it to save: its next restart ends all sessions and tokens.",
		Needs: []suite.Feature{suite.Kubernetes, suite.Persistence},
	}, func(c *suite.Check) {
		for _, w := range c.Workloads() {
			if w.Path() == "gafaelfawr/statefulset/gafaelfawr-redis" && w.Meta.UID != "" {
				unsaved := w.Unsaved()
				c.ExpectOf(w, unsaved == "", "a volume, to which it writes", unsaved)
			}
		}
	})
}

func TestKeepAlive(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Applications under uvicorn keep idle connections for longer than ingress-nginx does, which is a " +
			"minute.",
		Cause: "If an application closes an idle connection just when nginx reuses it, the client gets 502, once in " +
			"some thousand requests. Phalanx's charts set UVICORN_TIMEOUT_KEEP_ALIVE to 61.",
		Needs: []suite.Feature{suite.Kubernetes},
	}, func(c *suite.Check) {
		for _, w := range c.Workloads() {
			for _, container := range w.Template.Spec.Containers {
				if text, set := suite.Variable(container, "UVICORN_TIMEOUT_KEEP_ALIVE"); set {
					seconds, err := strconv.Atoi(text)
					c.ExpectOf(w, err == nil && seconds > 60, "UVICORN_TIMEOUT_KEEP_ALIVE above 60",
						fmt.Sprintf("UVICORN_TIMEOUT_KEEP_ALIVE %q", text))
				}
			}
		}
	})
}

func TestGracefulStop(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Gafaelfawr's pods wait before they stop, until ingress-nginx no longer sends requests to them.",
		Cause: "Without a preStop hook each rollout of Gafaelfawr gives some seconds of 500 on every protected " +
			"route. Phalanx's chart has one since 2025.",
		Needs: []suite.Feature{suite.Kubernetes},
	}, func(c *suite.Check) {
		for _, w := range c.Workloads() {
			if w.Path() != "gafaelfawr/deployment/gafaelfawr" || w.Meta.UID == "" {
				continue
			}
			container := w.Template.Spec.Containers[0]
			c.ExpectOf(w, container.Lifecycle != nil && container.Lifecycle.PreStop != nil, "lifecycle.preStop", "there is none")
		}
	})
}
