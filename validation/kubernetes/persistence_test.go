package kubernetes

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestUnsaved(t *testing.T) {
	t.Parallel()
	for want, all := range map[bool][][]string{
		true: {
			{"redis-server", "--save", "", "--appendonly", "no"}, {"redis-server", "--save", ""},
			{"sh", "-c", "exec redis-server --save '' --appendonly no"},
			{"redis-server", "/etc/redis.conf", "--save", "", "--appendonly", "no"},
		},
		false: {
			nil, {"redis-server"}, {"redis-server", "--appendonly", "yes"}, {"redis-server", "--appendonly", "no"},
			{"redis-server", "--save", "", "--appendonly", "yes"}, {"redis-server", "--save", "60 1"},
			{"redis-server", "/etc/redis.conf", "--save", ""},
		},
	} {
		for _, arguments := range all {
			w := Workload{Claims: []string{"data"}}
			w.Template.Spec.Containers = []corev1.Container{{
				Args: arguments, VolumeMounts: []corev1.VolumeMount{{Name: "data", MountPath: "/data"}},
			}}
			assert.Equal(t, want, w.Unsaved() != "", "%q", arguments)
			w.Template.Spec.Containers[0].VolumeMounts[0].ReadOnly = true
			assert.NotEmpty(t, w.Unsaved(), "it cannot write")
		}
	}
	named := Workload{}
	named.Template.Spec.Volumes = []corev1.Volume{{Name: "x", VolumeSource: corev1.VolumeSource{
		PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "mine"},
	}}}
	named.Template.Spec.Containers = []corev1.Container{{VolumeMounts: []corev1.VolumeMount{{Name: "x"}}}}
	assert.Empty(t, named.Unsaved(), "a claim that the chart is given")
	assert.NotEmpty(t, Workload{}.Unsaved())
}

func TestResizeTrouble(t *testing.T) {
	t.Parallel()
	now := time.Now()
	quantity := func(text string) corev1.ResourceList {
		return corev1.ResourceList{corev1.ResourceStorage: resource.MustParse(text)}
	}
	var v Volume
	v.Spec.Resources.Requests = quantity("5Gi")
	assert.True(t, v.ResizeTrouble(now).OK(), "no capacity is known")
	v.Status.Capacity = quantity("5368709120")
	assert.True(t, v.ResizeTrouble(now).OK(), "the same size")
	v.Status.Capacity = quantity("1Gi")
	assert.Equal(t, StateSmaller, v.ResizeTrouble(now).State)
	v.Status.Conditions = []corev1.PersistentVolumeClaimCondition{{Type: corev1.PersistentVolumeClaimResizing,
		Status: corev1.ConditionTrue, LastTransitionTime: metav1.NewTime(now.Add(-time.Minute))}}
	assert.True(t, v.ResizeTrouble(now).Pending, "it began a minute ago")
}
