package proof

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/phalanx"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/kubernetes/resources"
	"github.com/lsst-sqre/muster/validation/verdict"
)

var sizeOfCluster = flag.Int("size", 0, "how many GafaelfawrIngresses TestSize gives a real API server, such as 2000: "+
	"a namespace for four of them, and an Application for seven")

// On a large healthy cluster the suite passes with bounded memory. The test
// prints memory and seconds, and asserts only the memory.
func TestSize(t *testing.T) {
	n := *sizeOfCluster
	if n == 0 {
		t.Skip("only with -size=N")
	}
	o := phalanx.Defaults()
	config := gafaelfawr.IngressConfig{Scopes: gafaelfawr.Scopes{All: []string{"exec:admin"}}, Service: "size"}
	for i := range n {
		service := fmt.Sprintf("size-%04d/app", i/4)
		o.Backends[service] = "127.0.0.1:1" // it lets nobody in, so the suite does not ask it
		o.Ingresses = append(o.Ingresses, phalanx.NewIngress(service, fmt.Sprintf("app-%d", i%4), o.Host,
			fmt.Sprintf("/size/%d", i), "Prefix", config))
	}
	o.Hooks.Objects = append(o.Hooks.Objects, func(c *phalanx.Cluster) {
		for i := range n / 7 {
			a := c.Get(resources.Applications, "argocd", "muster").DeepCopy()
			a.SetName(fmt.Sprintf("size-%04d", i))
			a.SetUID("")
			c.Put(resources.Applications, a)
		}
		for _, s := range c.List(resources.Services, "") { // there are 254 addresses for Services
			s.Object["spec"].(map[string]any)["clusterIP"] = "None"
			c.Put(resources.Services, s)
		}
	})
	w := newWorldOf(t, o)
	peak := filepath.Join(t.TempDir(), "peak")
	cmd := command(t, os.Args[0], theSuite(t), asEvents, "-env="+w.env(t, "admin", ""), "-test.timeout=20m")
	cmd.Env = append(cmd.Environ(), "GOGC=100", peakFile+"="+peak)
	got := read(t, finish(t, cmd))
	assert.Equal(t, verdict.Pass, got.run.Verdict, got.stdout)
	text, err := os.ReadFile(peak)
	require.NoError(t, err)
	most, err := strconv.Atoi(string(text))
	require.NoError(t, err)
	t.Logf("%d MiB resident, %.0f s, %d requests, %d bytes of output", most>>10, got.run.Seconds, got.run.Requests,
		len(got.stdout+got.stderr))
	assert.Less(t, most, 300<<10, "KiB of memory")
}
