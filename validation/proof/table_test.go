package proof

import (
	"cmp"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lsst-sqre/muster/fixtures/lanes"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/faults"
)

const faultTable = "../FAULTS.md"

const tableHead = `# Faults

Each of these was seeded into the local deployment, and the suite run against it. A test compares this page with the
runs.

    go test ./validation -env=local -fault=ID                           # see one
    go test ./validation/proof -run '^TestFaultTable$' -update          # write this page
    go test ./validation/proof -run '^TestFaultTable$' -count=1 -v      # compare it, and show how long all runs took

**Checks** lists the checks that must fail, because the fault breaks their own obligation; others may fail with them.
**Said first** is what a reader sees first: the first cause in the summary or, without a diagnosis, the first check that
failed and what it found. A letter after an id marks another form of the same fault. The ids are from a catalogue of
real faults; Y, and some numbers that are not in the catalogue, are Muster's own.

| Id | Fault | Checks | Said first |
| --- | --- | --- | --- |
`

const leftOutHead = `
## Left out

What the catalogue has besides, and why it is not seeded.

| Id | Fault | Reason |
| --- | --- | --- |
`

// sampled is how many faults make test seeds, because each is a whole run of the suite.
const sampled = 150

// seeded returns all faults if -run chooses tests, as make soak does. Else it is a sample,
// the same ones each time, in the order of their ids.
func seeded() []faults.Fault {
	all := faults.All()
	if *update || flag.Lookup("test.run").Value.String() != "" {
		return all
	}
	order := rand.New(rand.NewPCG(*seed, 0)).Perm(len(all))[:sampled]
	slices.Sort(order)
	sample := make([]faults.Fault, len(order))
	for i, at := range order {
		sample[i] = all[at]
	}
	return sample
}

// TestFaultTable compares FAULTS.md with the output of the runs; -update writes
// the page.
func TestFaultTable(t *testing.T) {
	lanes.Slow(t)
	t.Parallel()
	all := seeded()
	whole := len(all) == len(faults.All())
	rows, ran := make([]string, len(all)), make([]outcome, len(all))
	started := time.Now()
	var done atomic.Int64
	t.Run("runs", func(t *testing.T) {
		for i, f := range all {
			t.Run(f.ID, func(t *testing.T) {
				t.Parallel()
				ran[i] = withFault(t, f.ID)
				require.NotEmpty(t, ran[i].run.Failures(), "no check notices %s", f.ID)
				rows[i] = faultRow(f, ran[i])
				if n := done.Add(1); *update {
					fmt.Fprintf(os.Stderr, "%3d of %d: %s\n", n, len(all), f.ID)
				}
			})
		}
	})
	if t.Failed() { // what follows needs the run of each fault
		return
	}
	t.Logf("%d faults took %s on %d processors", len(all), time.Since(started).Round(time.Second), runtime.NumCPU())
	tellApart(t, all, ran)
	leftOver(t, all, ran)
	text, err := os.ReadFile(faultTable)
	require.NoError(t, err)
	if !whole {
		for i, row := range rows {
			assert.Contains(t, string(text), row, all[i].ID)
		}
		return
	}
	allCauses(t, all, ran)
	rulesAreProven(t, ran)
	var b strings.Builder
	b.WriteString(tableHead + strings.Join(rows, "") + leftOutHead)
	for _, o := range faults.Omitted {
		fmt.Fprintf(&b, "| %s | %s. | %s. |\n", o.ID, o.Fault, o.Reason)
	}
	if *update {
		require.NoError(t, os.WriteFile(faultTable, []byte(b.String()), 0o600))
		return
	}
	assert.Equal(t, b.String(), string(text), "go test ./validation/proof -run '^TestFaultTable$' -update writes it")
}

// tellApart asserts that the expected words of a fault belong to its cause alone.
// The other causes of other faults must not contain them.
func tellApart(t *testing.T, all []faults.Fault, ran []outcome) {
	t.Helper()
	causes, first := make([]string, len(all)), make([]string, len(all))
	for i, r := range ran {
		causes[i], first[i] = r.saidFirst(), r.seenFirst()
		if len(r.run.Diagnoses) > 0 { // what a rule fills in is no other cause
			causes[i] = cmp.Or(r.run.Diagnoses[0].Rule, causes[i])
		}
	}
	for i, f := range all {
		for j, other := range all {
			if causes[i] != causes[j] {
				assert.NotContains(t, first[j], f.Says, "%s has the words of %s, and another cause", other.ID, f.ID)
			}
		}
	}
}

func faultRow(f faults.Fault, r outcome) string {
	checks := make([]string, len(f.Checks))
	for i, name := range f.Checks {
		checks[i] = fmt.Sprintf("[%s](RUNBOOK.md#%s)", strings.TrimPrefix(name, "Test"), strings.ToLower(name))
	}
	return fmt.Sprintf("| %s | %s | %s | %s |\n", f.ID, cell(f.Summary), strings.Join(checks, ", "), cell(r.saidFirst()))
}

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
