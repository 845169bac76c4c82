package kubernetes

import (
	"testing"

	"github.com/stretchr/testify/assert"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func TestWrongPorts(t *testing.T) {
	t.Parallel()
	type port = corev1.ServicePort
	byNumber, byName := intstr.FromInt32, intstr.FromString
	redis := []corev1.ContainerPort{
		{Name: "redis", ContainerPort: 6379},
		{Name: "dns", ContainerPort: 53, Protocol: "UDP"},
	}
	for name, c := range map[string]struct {
		port  port
		wrong bool
	}{
		"by number":                   {port{Name: "redis", Port: 6379, TargetPort: byNumber(6379)}, false},
		"by the Service's number":     {port{Port: 6379}, false},
		"by name":                     {port{Name: "other", Port: 80, TargetPort: byName("redis")}, false},
		"one that nobody declares":    {port{Name: "metrics", Port: 9121, TargetPort: byNumber(9121)}, false},
		"UDP where the pods have it":  {port{Port: 53, Protocol: "UDP"}, false},
		"UDP to a port of TCP":        {port{Port: 6379, Protocol: "UDP"}, true},
		"TCP to a port of UDP":        {port{Port: 5353, TargetPort: byName("dns")}, true},
		"another number for the name": {port{Name: "redis", Port: 6379, TargetPort: byNumber(6380)}, true},
		"a name that is gone":         {port{Name: "redis", Port: 6379, TargetPort: byName("rdis")}, true},
	} {
		s := Service{Spec: corev1.ServiceSpec{Ports: []port{c.port}}}
		assert.Equal(t, c.wrong, len(s.WrongPorts([]corev1.Container{{}, {Ports: redis}})) > 0, name)
		_, named := map[string]bool{"by name": true, "TCP to a port of UDP": true, "a name that is gone": true}[name]
		assert.Equal(t, named, len(s.WrongPorts([]corev1.Container{{}})) > 0, "%s, without declared ports", name)
	}
}
