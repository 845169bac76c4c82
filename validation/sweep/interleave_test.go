package sweep

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/findings"
	"github.com/lsst-sqre/muster/validation/kubernetes"
	"github.com/lsst-sqre/muster/validation/kubernetes/ingressnginx"
)

// Thousands of paths of one namespace do not displace those of others. The result
// says how many exceed the budget.
func TestTurns(t *testing.T) {
	t.Parallel()
	at := func(namespace, name, path string) Result {
		o := kubernetes.Object{Kind: "Ingress", Meta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
		return Result{Route: ingressnginx.Route{Object: o}, Address: path}
	}
	var all []Result
	for i := range 40000 {
		all = append(all, at("a", "many", fmt.Sprint("/many/", i)))
	}
	all = append(all, at("a", "other", "/other"), at("b", "one", "/one"), at("b", "one", "/one/below"))
	s := New(Options{Recorder: findings.NewRecorder(t.Context(), &environment.Environment{})})
	turns := s.interleave(all)
	var first []string
	for _, v := range turns[:4] {
		first = append(first, v.Address)
	}
	assert.Equal(t, []string{"/many/0", "/one", "/other", "/one/below"}, first)
	assert.Len(t, turns, namespaceBudget+2)
	s.Conclude()
	assert.Equal(t, "not proven: too many addresses in one namespace: 38001 of namespace a", s.Found().Blocked)
}
