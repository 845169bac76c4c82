package kubernetes

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestValidSelector(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"", "a=b", "argocd.argoproj.io/instance=science-platform", "a in (b, c), !d"} {
		assert.NoError(t, ValidSelector("argocd.selector", good), good)
	}
	assert.EqualError(t, ValidSelector("argocd.selector", "a=("),
		`argocd.selector must be a label selector, such as argocd.argoproj.io/instance=science-platform, not "a=("`)
}
