package suite

import (
	"slices"
	"strconv"
	"strings"
	"time"

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

// Interval is about how long there is between two runs; the shortest where the
// schedule has several.
func (j CronJob) Interval() time.Duration {
	if every, ok := map[string]time.Duration{"@hourly": time.Hour, "@daily": day, "@midnight": day, "@weekly": 7 * day}[j.Spec.Schedule]; ok {
		return every
	}
	parts := strings.Fields(j.Spec.Schedule)
	if len(parts) != 5 {
		return 31 * day
	}
	for i, unit := range []time.Duration{time.Minute, time.Hour, day} {
		part := parts[i]
		if step, ok := strings.CutPrefix(part, "*/"); ok {
			if n, err := strconv.Atoi(step); err == nil {
				return time.Duration(n) * unit
			}
		}
		if part == "*" {
			return unit
		}
	}
	if parts[4] != "*" {
		return 7 * day
	}
	return 31 * day
}

const day = 24 * time.Hour

// CronJobs are those in the namespaces of the declared services.
func (c *Check) CronJobs() []CronJob { return inServices(c, CronJobs) }

// Volumes are the claims in the namespaces of the declared services.
func (c *Check) Volumes() []Volume { return inServices(c, Volumes) }

func inServices[T any](c *Check, kind Kind[T]) []T {
	var all []T
	for _, namespace := range c.serviceNamespaces() {
		all = append(all, List(c, kind, namespace, "")...)
	}
	return all
}

func (c *Check) serviceNamespaces() []string {
	var all []string
	for namespace := range c.run.env.Services {
		all = append(all, namespace)
	}
	slices.Sort(all)
	return all
}
