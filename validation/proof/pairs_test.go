package proof

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/lsst-sqre/muster/fixtures/faults"
	"github.com/lsst-sqre/muster/fixtures/lanes"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// pairSample is the default number of pairs of faults.
const pairSample = 40

var (
	pairCount = flag.Int("pairs", pairSample, "how many random pairs of faults TestPairs tries, chosen by -seed")
	pairOnly  = flag.String("pair", "", "try only this `pair` of faults, such as N07+N10")
)

// TestPairs seeds two faults at once. The first cause is that of one of the two,
// and no cause names anything else.
func TestPairs(t *testing.T) {
	lanes.Slow(t)
	t.Parallel()
	t.Logf("seed %d", *seed)
	for _, pair := range drawnPairs() {
		t.Run(pair[0]+"+"+pair[1], func(t *testing.T) {
			t.Parallel()
			both := withFault(t, pair[0]+"+"+pair[1])
			defer faultRuns.Delete(pair[0] + "+" + pair[1]) // nobody asks for it again
			var known []string
			var first bool
			for _, id := range pair {
				alone := withFault(t, id)
				f, err := faults.Find(id)
				assert.NoError(t, err)
				first = first || strings.Contains(both.seenFirst(), f.Says) || both.saidFirst() == alone.saidFirst()
				for _, d := range alone.run.Diagnoses {
					known = append(known, d.Text)
				}
				for _, c := range alone.run.Failures() { // alone, a hole without a cause is its check's own line
					known = append(known, "A hole that no known cause explains: this is not so: "+c.Obligation)
				}
			}
			assert.NotZero(t, both.code, "two faults, and the run passes")
			assert.True(t, first, "the first cause is of neither: %s", both.saidFirst())
			for _, d := range both.run.Diagnoses {
				if !ofOneAlone(d, withFault(t, pair[0]), withFault(t, pair[1])) {
					assert.Contains(t, known, d.Text, "a third cause")
				}
			}
		})
	}
}

// ofOneAlone reports whether a cause is read from objects only, and all of these are in
// the run of one of the faults alone, where a wider cause explains them.
func ofOneAlone(d verdict.Diagnosis, alone ...outcome) bool {
	return slices.ContainsFunc(alone, func(o outcome) bool {
		return !slices.ContainsFunc(d.Seen, func(e verdict.Evidence) bool { return !ofObject(o.run, e) })
	})
}

// ofObject reports whether a run found the evidence, about an object.
func ofObject(run *verdict.Run, e verdict.Evidence) bool {
	return slices.ContainsFunc(run.Checks, func(c *verdict.Check) bool {
		return c.Name == e.Check && slices.ContainsFunc(c.Findings, func(f verdict.Finding) bool {
			return f.Object != "" && strings.HasPrefix(f.Actual, strings.TrimSuffix(e.Found, "…"))
		})
	})
}

// endsTokens is the fault that ends tokens of the run at any moment, so that what shows of another
// fault is left to chance.
const endsTokens = "W19"

// drawnPairs returns random pairs of faults, which -seed determines. Faults with
// random findings are left out, because their output alone differs from run to
// run.
func drawnPairs() [][2]string {
	if *pairOnly != "" {
		a, b, _ := strings.Cut(*pairOnly, "+")
		return [][2]string{{a, b}}
	}
	var ids []string
	for _, f := range faults.All() {
		if !mixedAnswers[f.ID] {
			ids = append(ids, f.ID)
		}
	}
	random := rand.New(rand.NewPCG(*seed, 1))
	var all [][2]string
	seen := map[string]bool{}
	for len(all) < *pairCount && len(seen) < len(ids)*len(ids)/4 {
		pair := []string{ids[random.IntN(len(ids))], ids[random.IntN(len(ids))]}
		slices.Sort(pair)
		if key := fmt.Sprint(pair); pair[0] != pair[1] && !seen[key] && !slices.Contains(pair, endsTokens) {
			seen[key] = true
			all = append(all, [2]string{pair[0], pair[1]})
		}
	}
	return all
}
