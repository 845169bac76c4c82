package proof

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/lsst-sqre/muster/fixtures/faults"
	"github.com/lsst-sqre/muster/fixtures/phalanx"
)

// elsewhere names the checks that no fault of the catalogue turns red, and
// what does.
var elsewhere = map[string]string{
	"TestReachable":            "TestBadInput: an address where nothing listens",
	"TestAllocatedUID":         "TestFirestore: a user with another UID than declared",
	"TestCookieSeparators":     "TestStrict: Gafaelfawr itself",
	"TestTokenAfterTab":        "TestStrict: Gafaelfawr itself",
	"TestOtherIdentityHeaders": "TestStrict: Gafaelfawr itself",
}

// TestFaults runs the suite with every fault of the catalogue: it must notice,
// and every check must be red under at least one.
func TestFaults(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	red := map[string]bool{}
	t.Run("each", func(t *testing.T) {
		for _, f := range faults.All() {
			t.Run(f.ID+"-"+f.Name, func(t *testing.T) {
				t.Parallel()
				o := runs(t, theSuite(t), "-env=local", "-fault="+f.ID)
				assert.NotZero(t, o.code)
				assert.NotEqual(t, "pass", o.value("verdict"))
				assert.NotEmpty(t, o.failed())
				assert.NotContains(t, o.stdout, "panicked")
				if len(o.failed()) > 1 {
					assert.NotEmpty(t, o.value("diagnosis"), "several checks fail, and no cause is named")
				}
				mu.Lock()
				defer mu.Unlock()
				for _, name := range o.failed() {
					red[name] = true
				}
			})
		}
	})
	inCluster := redInCluster()
	for _, name := range checkNames(t) {
		if elsewhere[name] == "" && !inCluster[name] {
			assert.True(t, red[name], "no fault turns %s red", name)
		}
	}
}

func TestFirestore(t *testing.T) {
	t.Parallel()
	env := environment(t, deployment(t, phalanx.Defaults()), "features: [firestore]\nuser: {username: ldapuser, uid: 1}\n")
	o := runs(t, theSuite(t), "-env="+env)
	assert.Equal(t, []string{"TestAllocatedUID"}, o.failed(), o.stdout)
}

// TestFaultList shows the catalogue, a fault a line, id first.
func TestFaultList(t *testing.T) {
	t.Parallel()
	o := runs(t, theSuite(t), "-fault=list")
	assert.Zero(t, o.code)
	for _, f := range faults.All() {
		assert.Contains(t, o.stdout, f.ID+" ")
	}
	assert.Equal(t, len(faults.All()), strings.Count(o.stdout, "\n"))
}
