package kubernetes

import (
	"strings"
	"time"

	"github.com/robfig/cron/v3"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// PodSpec is what a pod, or the template of pods, is made of.
type PodSpec struct {
	Containers []Container `json:"containers"`
	Volumes    []struct {
		Secret *struct {
			Name string `json:"secretName"`
		} `json:"secret"`
		Claim *struct {
			Name string `json:"claimName"`
		} `json:"persistentVolumeClaim"`
	} `json:"volumes"`
}

// Container of a pod.
type Container struct {
	Name  string `json:"name"`
	Image string `json:"image"`
	Env   []struct {
		Name  string `json:"name"`
		Value string `json:"value"`
		From  *struct {
			Secret *struct {
				Name string `json:"name"`
			} `json:"secretKeyRef"`
		} `json:"valueFrom"`
	} `json:"env"`
	EnvFrom []struct {
		Secret *struct {
			Name string `json:"name"`
		} `json:"secretRef"`
	} `json:"envFrom"`
	Lifecycle *struct {
		PreStop map[string]any `json:"preStop"`
	} `json:"lifecycle"`
}

// Variable is the value of an environment variable; false where it is not set.
func (c Container) Variable(name string) (string, bool) {
	for _, v := range c.Env {
		if v.Name == name {
			return v.Value, true
		}
	}
	return "", false
}

// ReadsSecret reports whether a container gets values of the Secret, in its
// environment or in files.
func (s PodSpec) ReadsSecret(name string) bool {
	for _, c := range s.Containers {
		for _, v := range c.Env {
			if v.From != nil && v.From.Secret != nil && v.From.Secret.Name == name {
				return true
			}
		}
		for _, v := range c.EnvFrom {
			if v.Secret != nil && v.Secret.Name == name {
				return true
			}
		}
	}
	for _, v := range s.Volumes {
		if v.Secret != nil && v.Secret.Name == name {
			return true
		}
	}
	return false
}

// Claims reports whether the pod uses a PersistentVolumeClaim.
func (s PodSpec) Claims(name string) bool {
	for _, v := range s.Volumes {
		if v.Claim != nil && v.Claim.Name == name {
			return true
		}
	}
	return false
}

// Volume is a PersistentVolumeClaim of v1.
type Volume struct {
	Object `json:",inline"`
	Status struct {
		Phase string `json:"phase"`
	} `json:"status"`
}

// CronJob of batch/v1.
type CronJob struct {
	Object `json:",inline"`
	Spec   struct {
		Schedule string `json:"schedule"`
		Suspend  bool   `json:"suspend"`
	} `json:"spec"`
	Status struct {
		LastSchedule metav1.Time `json:"lastScheduleTime"`
		LastSuccess  metav1.Time `json:"lastSuccessfulTime"`
	} `json:"status"`
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
	begin, end := time.Date(2023, time.January, 1, 0, 0, 0, 0, time.UTC), time.Date(2024, time.April, 1, 0, 0, 0, 0, time.UTC)
	first := schedule.Next(begin.Add(-time.Minute))
	if first.IsZero() {
		return 0, false
	}
	var longest time.Duration
	last := first
	for next := schedule.Next(last); next.YearDay() == first.YearDay() && next.Year() == first.Year(); next = schedule.Next(last) {
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
