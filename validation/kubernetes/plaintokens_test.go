package kubernetes

import (
	"encoding/base64"
	"testing"

	"github.com/stretchr/testify/assert"
	corev1 "k8s.io/api/core/v1"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

func TestTokenPlaces(t *testing.T) {
	t.Parallel()
	token := gafaelfawr.NewToken().Reveal()
	var o Template
	o.Meta.Annotations = map[string]string{"a": "none", "b": "Bearer " + token}
	o.Pods.Spec.Containers = []corev1.Container{{Name: "main", Args: []string{"--x", "--token=" + token},
		Env: []corev1.EnvVar{
			{Name: "TOKEN", Value: base64.StdEncoding.EncodeToString([]byte(token))},
			{Name: "SHORT", Value: "gt-abc.def"}, {Name: "LONG", Value: token + "x"},
		}}}
	assert.Equal(t, []string{"metadata.annotations.b", "template.spec.containers[main].args[1]",
		"template.spec.containers[main].env[TOKEN].value"}, o.TokenPlaces())
	assert.Equal(t, []string{"data.x"}, ConfigMap{Data: map[string]string{"x": "token: " + token + "\n"}}.TokenPlaces())
}
