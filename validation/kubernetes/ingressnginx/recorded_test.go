package ingressnginx

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/kubernetes"
)

// TestAuthURL compares with what the real operator wrote.
func TestAuthURL(t *testing.T) {
	text, err := os.ReadFile("../../../fixtures/recordings/operator.json")
	require.NoError(t, err)
	var recorded struct {
		Ingresses []struct {
			Name    string
			Config  gafaelfawr.IngressConfig
			Ingress *struct{ Annotations map[string]string }
		}
	}
	require.NoError(t, json.Unmarshal(text, &recorded))
	compared := 0
	for _, r := range recorded.Ingresses {
		if r.Ingress == nil {
			continue
		}
		compared++
		g := kubernetes.GafaelfawrIngress{Config: r.Config}
		var different differences
		wrongAuthURL(g, &different, r.Ingress.Annotations["auth-url"])
		assert.Empty(t, different, r.Name)
		g.Config.Scopes.All = append(g.Config.Scopes.All, "other:scope")
		if !g.Config.Scopes.Anonymous {
			wrongAuthURL(g, &different, r.Ingress.Annotations["auth-url"])
			assert.NotEmpty(t, different, r.Name)
		}
	}
	assert.Greater(t, compared, 20)
}

func TestBigEnough(t *testing.T) {
	for _, c := range []struct {
		got, want string
		ok        bool
	}{
		{"64k", "64k", true}, {"1m", "64k", true}, {"4k", "64k", false}, {"4 64k", "4 64k", true}, {"4 8k", "4 64k", false},
		{"2 64k", "4 64k", false}, {"", "64k", false}, {"many", "64k", false}, {"65536", "64K", true}, {"3g", "2g", true},
	} {
		assert.Equal(t, c.ok, bigEnough(c.got, c.want), "%s and %s", c.got, c.want)
	}
}
