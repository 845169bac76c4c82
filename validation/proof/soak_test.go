package proof

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/programs"
)

var soakRuns = flag.Int("soak", 0, "how many times TestSoak runs the suite; -seed chooses the order of the checks")

// One in so many runs of the soak is of the kind. Few have latency, because with
// -parallel 1 such a run takes more than a minute.
const (
	soakResets  = 4
	soakLatency = 25
)

// TestSoak runs the suite many times in a row with the race detector, in
// another order each time, one check or sixteen at a time. Some runs lose a
// connection, and some get every answer 200 ms late.
func TestSoak(t *testing.T) {
	if *soakRuns == 0 {
		t.Skip("only with -soak=N")
	}
	suite := programs.Build(t, "race.test", "test", "-race", "-c", "../../validation")
	random := rand.New(rand.NewPCG(*seed, 0))
	started, red := time.Now(), map[string]int{}
	for i := range *soakRuns {
		t.Run(fmt.Sprint(i+1), func(t *testing.T) {
			kind, env := soakKind(t, i/2, random) // two of a kind, one for each -parallel
			o := runs(
				t,
				suite,
				"-env="+env,
				fmt.Sprintf("-test.shuffle=%d", random.Int32()),
				"-test.parallel="+[]string{"1", "16"}[i%2],
			)
			if !assert.Zero(t, o.code, "%s: %s", kind, o.stdout+o.stderr) {
				red[kind]++
				tell(t, "soak: run %d (%s) is red:\n%s%s\n", i+1, kind, o.stdout, o.stderr)
			}
		})
		if n := i + 1; n%10 == 0 || n == *soakRuns {
			tell(t, "soak: %d runs after %s with -seed=%d, red: %v\n", n, time.Since(started).Round(time.Second), *seed, red)
		}
	}
}

// soakKind is the kind of the n-th run and the environment for it.
func soakKind(t *testing.T, n int, random *rand.Rand) (kind, env string) {
	switch {
	case n%soakLatency == soakLatency-1:
		return "latency", environment(t, deployment(t, late(200*time.Millisecond)), localFeatures)
	case n%soakResets == soakResets-1:
		how := []string{beforeRequest, beforeAnswer, duringAnswer}[random.IntN(3)]
		at := 1 + random.IntN(250) // of about 300 parts
		_, _, env = behindResetter(t, how, func(n int) bool { return n == at })
		return fmt.Sprintf("reset %s %d", how, at), env
	}
	return "plain", "local"
}

// tell prints at once, because t.Log would wait for the end.
func tell(t *testing.T, format string, args ...any) {
	_, err := fmt.Fprintf(os.Stderr, format, args...)
	require.NoError(t, err)
}
