package kubernetes

import (
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/lsst-sqre/muster/validation/message"
)

// resizeGrace is for the storage that enlarges a disk.
const resizeGrace = time.Hour

// StateSmaller is that a volume has less room than its claim asks for.
const StateSmaller = "smaller"

// ResizeTrouble reports a volume that was to be enlarged and is not.
func (v Volume) ResizeTrouble(now time.Time) Trouble {
	has, known := v.Status.Capacity[corev1.ResourceStorage]
	wants := v.Spec.Resources.Requests[corev1.ResourceStorage]
	if !known || has.Cmp(wants) >= 0 {
		return Trouble{}
	}
	since, why := v.Changed(), ""
	for _, c := range v.Status.Conditions {
		if c.Status == corev1.ConditionTrue {
			since, why = c.LastTransitionTime.Time, ": "+message.OneLine(string(c.Type)+" "+c.Message)
		}
	}
	return trouble(StateSmaller, "it has %s of the %s for which it asks%s", has.String(), wants.String(),
		why).pendingIf(now.Sub(since) < resizeGrace)
}

// Unsaved says why a Redis loses its data with its pod, or "" if it keeps them.
func (w Workload) Unsaved() string {
	spec := w.Template.Spec
	if len(w.Claims) == 0 && len(claimed(spec.Volumes)) == 0 {
		return "it has none: what it knows is gone when its pod is"
	}
	mounted := false
	for _, c := range spec.Containers {
		mounted = mounted || w.mounts(c)
		if arguments := words(slices.Concat(c.Command, c.Args)); NeverSaves(arguments) {
			return "its container " + c.Name + " is told never to write to it (--save \"\", and no --appendonly yes)"
		}
	}
	if !mounted {
		return "no container has it mounted so that it can write to it"
	}
	return ""
}

// mounts reports whether the container can write to a volume that outlives its pod.
func (w Workload) mounts(c corev1.Container) bool {
	kept := slices.Concat(w.Claims, claimed(w.Template.Spec.Volumes))
	return slices.ContainsFunc(c.VolumeMounts, func(m corev1.VolumeMount) bool {
		return !m.ReadOnly && slices.Contains(kept, m.Name)
	})
}

// claimed are the names of the volumes that outlive their pod and can be written to.
func claimed(all []corev1.Volume) (names []string) {
	for _, v := range all {
		if p := v.PersistentVolumeClaim; p != nil && !p.ReadOnly {
			names = append(names, v.Name)
		}
	}
	return names
}

// words are the arguments of a command; one for a shell counts as its words.
func words(arguments []string) (all []string) {
	for _, a := range arguments {
		if !strings.Contains(a, " --") {
			all = append(all, a)
			continue
		}
		for word := range strings.FieldsSeq(a) {
			all = append(all, strings.Trim(word, `'"`))
		}
	}
	return all
}

// NeverSaves reports whether Redis, with these arguments, writes neither snapshots nor
// its log. Without --save it writes snapshots (redis.io, Redis persistence). A file of
// configuration may turn the log on, so that --appendonly must then say no.
func NeverSaves(arguments []string) bool {
	saves, appends := true, "no"
	for i, a := range arguments {
		if strings.HasSuffix(a, ".conf") {
			appends = "unknown"
		}
		name, value, joined := strings.Cut(a, "=")
		if !joined && i+1 < len(arguments) {
			value = arguments[i+1]
		}
		switch name {
		case "--save":
			saves = strings.Trim(value, `'" `) != ""
		case "--appendonly":
			appends = value
		}
	}
	return !saves && appends == "no"
}
