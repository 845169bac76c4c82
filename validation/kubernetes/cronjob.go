package kubernetes

import (
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/robfig/cron/v3"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// CronJob of batch/v1.
type CronJob struct {
	Object `json:",inline"`
	Spec   batchv1.CronJobSpec   `json:"spec"`
	Status batchv1.CronJobStatus `json:"status"`
}

// Suspended reports whether the CronJob starts no Jobs.
func (j CronJob) Suspended() bool { return j.Spec.Suspend != nil && *j.Spec.Suspend }

// LastRun is when a Job was last started; the zero time where none was.
func (j CronJob) LastRun() time.Time { return orZero(j.Status.LastScheduleTime) }

// LastSuccess is when a Job last succeeded; the zero time where none did.
func (j CronJob) LastSuccess() time.Time { return orZero(j.Status.LastSuccessfulTime) }

func orZero(t *metav1.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.Time
}

// Interval is the longest time between two runs by the schedule, as that of a
// weekend where it names weekdays; false where the schedule cannot be read, or
// names no day that exists. Time zones are left out: they change it by no more
// than an hour.
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
	// A common year, and the February of a leap year.
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
	// All days that have runs have them at the same times: what is left is to go
	// from the last of each to the first of the next.
	for busy := last.Sub(first); first.Before(end); {
		next := schedule.Next(first.Add(busy))
		longest, first = max(longest, next.Sub(first.Add(busy))), next
	}
	return longest, true
}
