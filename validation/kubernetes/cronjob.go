package kubernetes

import (
	"slices"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/robfig/cron/v3"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// CronJob is a CronJob of batch/v1.
type CronJob struct {
	Object `json:",inline"`
	Spec   batchv1.CronJobSpec   `json:"spec"`
	Status batchv1.CronJobStatus `json:"status"`
}

// Suspended reports whether the CronJob starts no Jobs.
func (j CronJob) Suspended() bool { return j.Spec.Suspend != nil && *j.Spec.Suspend }

// LastRun returns when a Job was last started, or the zero time.
func (j CronJob) LastRun() time.Time { return orZero(j.Status.LastScheduleTime) }

// LastSuccess returns when a Job last succeeded, or the zero time.
func (j CronJob) LastSuccess() time.Time { return orZero(j.Status.LastSuccessfulTime) }

func orZero(t *metav1.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.Time
}

// Job is a Job of batch/v1.
type Job struct {
	Object `json:",inline"`
	Spec   batchv1.JobSpec   `json:"spec"`
	Status batchv1.JobStatus `json:"status"`
}

// Suspended reports whether the Job starts no pods.
func (j Job) Suspended() bool { return j.Spec.Suspend != nil && *j.Spec.Suspend }

// condition returns the condition of that type if it is True.
func (j Job) condition(kind batchv1.JobConditionType) (batchv1.JobCondition, bool) {
	for _, c := range j.Status.Conditions {
		if c.Type == kind && c.Status == "True" {
			return c, true
		}
	}
	return batchv1.JobCondition{}, false
}

// ended reports whether the Job has succeeded or failed.
func (j Job) ended() bool {
	_, complete := j.condition(batchv1.JobComplete)
	_, failed := j.condition(batchv1.JobFailed)
	return complete || failed
}

// States of a CronJob.
const (
	StateJobFailed = "job-failed"
	StateJobHangs  = "job-hangs"
	// StateJobPodless: nothing runs, because no pod of the Job can be made.
	StateJobPodless = "job-podless"
)

// hangs is the least time after which a Job hangs that keeps the next one from
// starting.
const hangs = 10 * time.Minute

// podless reports whether no pod of the Job was ever made, though it was started.
func (j Job) podless() bool {
	return j.Status.Active+j.Status.Succeeded+j.Status.Failed == 0 && !j.ended() && !j.Suspended()
}

// JobTrouble returns what the newest Jobs say about the CronJob: the last one
// failed, one has no pod, or one does not end and keeps the next from starting.
// jobs are those of all CronJobs, events those of their namespace.
func (j CronJob) JobTrouble(jobs []Job, events []Event, now time.Time) Trouble {
	var ended, running Job
	for _, job := range jobs {
		last := &running
		if job.ended() {
			last = &ended
		}
		if job.of(j) && last.Meta.CreationTimestamp.Before(&job.Meta.CreationTimestamp) {
			*last = job
		}
	}
	interval, _ := j.Interval()
	started := orZero(running.Status.StartTime)
	if !started.IsZero() && running.podless() && now.Sub(started) > hangs {
		return trouble(StateJobPodless, "its Job %s has no pod, since %s; %s", running.Meta.Name, timeText(started),
			EventsAbout(running.Object, events))
	}
	alone := j.Spec.ConcurrencyPolicy == batchv1.ForbidConcurrent
	if alone && !started.IsZero() && now.Sub(started) > max(interval, hangs) {
		return trouble(StateJobHangs, "its Job %s runs since %s and keeps the next from starting (concurrencyPolicy Forbid)",
			running.Meta.Name, timeText(started))
	}
	// A later Job that succeeded may be gone: successfulJobsHistoryLimit, ttlSecondsAfterFinished.
	if failed, ok := ended.condition(batchv1.JobFailed); ok && failed.LastTransitionTime.After(j.LastSuccess()) {
		return trouble(StateJobFailed, "its newest Job %s failed at %s: %s %s", ended.Meta.Name,
			timeText(failed.LastTransitionTime.Time), failed.Reason, failed.Message)
	}
	return Trouble{}
}

// of reports whether the CronJob made the Job.
func (j Job) of(c CronJob) bool {
	return j.Namespace() == c.Namespace() &&
		slices.ContainsFunc(j.Meta.OwnerReferences, func(o metav1.OwnerReference) bool {
			return o.Kind == "CronJob" && o.Name == c.Meta.Name
		})
}

// Interval returns the longest time between two scheduled runs, for example
// over a weekend if the schedule names weekdays. ok is false if the schedule
// cannot be read or names a day that does not exist. Time zones are ignored,
// because they change the interval by an hour at most.
func (j CronJob) Interval() (time.Duration, bool) {
	text := j.Spec.Schedule
	if _, zone, ok := strings.Cut(text, "TZ="); ok {
		_, text, _ = strings.Cut(zone, " ")
	}
	schedule, err := cron.ParseStandard(text)
	if err != nil {
		return 0, false
	}
	if every, ok := schedule.(cron.ConstantDelaySchedule); ok {
		return every.Delay, true
	}
	// A common year and the February of a leap year.
	begin := time.Date(2023, time.January, 1, 0, 0, 0, 0, time.UTC)
	end := time.Date(2024, time.April, 1, 0, 0, 0, 0, time.UTC)
	first := schedule.Next(begin.Add(-time.Minute))
	if first.IsZero() {
		return 0, false
	}
	var longest time.Duration
	last := first
	sameDay := func(t time.Time) bool { return t.YearDay() == first.YearDay() && t.Year() == first.Year() }
	for next := schedule.Next(last); sameDay(next); next = schedule.Next(last) {
		longest, last = max(longest, next.Sub(last)), next
	}
	// All days with runs have them at the same times, so only the gaps from the
	// last run of a day to the first of the next remain.
	for busy := last.Sub(first); first.Before(end); {
		next := schedule.Next(first.Add(busy))
		longest, first = max(longest, next.Sub(first.Add(busy))), next
	}
	return longest, true
}
