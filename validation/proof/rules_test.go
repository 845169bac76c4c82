package proof

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/faults"
	"github.com/lsst-sqre/muster/fixtures/phalanx"
	"github.com/lsst-sqre/muster/validation/diagnoses"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// mixedAnswers are the faults under which what fails depends on chance or on which
// request comes first, so that the causes after the first differ.
var mixedAnswers = map[string]bool{"D12": true, "N16": true, "P05": true, "P06": true, "S11": true}

// allCauses compares all causes of each fault with a golden file; -update writes
// it. The file names a cause by the checks of its evidence, so that its text may
// change.
func allCauses(t *testing.T, all []faults.Fault, ran []outcome) {
	t.Helper()
	var b strings.Builder
	for i, f := range all {
		fmt.Fprintf(&b, "%s\n", f.ID)
		for at, d := range ran[i].run.Diagnoses {
			if at > 0 && mixedAnswers[f.ID] {
				break
			}
			var cited []string
			for _, e := range d.Seen {
				cited = append(cited, e.Check)
			}
			fmt.Fprintf(&b, "  %s\n", strings.Join(append(cited, prefixed("met: ", d.Met)...), ", "))
		}
	}
	isGolden(t, "causes.txt", b.String())
}

// mixedCallers are the faults under which a caller gets a random caller's answer,
// so that the other failed checks differ.
var mixedCallers = map[string]bool{"D12": true}

// leftOver asserts that the failed checks without a cause are among those of a
// golden file, so that they are reviewed; -update writes it.
func leftOver(t *testing.T, all []faults.Fault, ran []outcome) {
	t.Helper()
	file := filepath.Join("testdata", "golden", "unexplained.txt")
	var b strings.Builder
	left := map[string][]string{}
	for i, f := range all {
		explained, rest := ran[i].run.Explanations()
		if len(explained) == 0 || len(rest) == 0 || mixedAnswers[f.ID] || mixedCallers[f.ID] {
			continue
		}
		for _, c := range rest {
			left[f.ID] = append(left[f.ID], c.Name)
		}
		fmt.Fprintf(&b, "%s %s\n", f.ID, strings.Join(left[f.ID], " "))
	}
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(b.String()), 0o644))
	}
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	known := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		known[words[0]] = words[1:]
	}
	for id, names := range left {
		assert.Subset(t, known[id], names, "%s: no cause explains these", id)
	}
}

// isGolden compares a text of all runs with a file; with -update it writes the file.
func isGolden(t *testing.T, name, text string) {
	t.Helper()
	golden := filepath.Join("testdata", "golden", name)
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(text), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	assert.Equal(t, string(want), text, "go test ./validation/proof -run '^TestFaultTable$' -update writes it")
}

func prefixed(prefix string, names []string) []string {
	var all []string
	for _, name := range names {
		all = append(all, prefix+name)
	}
	return all
}

// beyondFaults are the causes that come first under no fault of the catalogue,
// with the functions of this package that prove them. The keys are the beginnings
// of their texts.
var beyondFaults = map[string]string{
	"{path} ": "TestDeclaredPath",
	"Connections to the deployment are lost repeatedly": "TestManyResets",
	"This client is limited":                            "TestRefusedForGood",
	"The environment file has another path for Muster":  "TestMusterPathOfDiscovery",
	"Hosts below the deployment's get no session":       "TestSubdomainsDeclared",
	"Gafaelfawr's operator makes no Ingress of a new":   "canaryIsRemoved",
	"Gafaelfawr's operator makes Ingresses and does":    "canaryIsEdited",
	"No Ingress can be made or changed":                 "canaryIsEdited",
}

// outside are the first causes without access to Kubernetes: the fault and the
// beginning of the cause.
var outside = map[string]string{
	"N23":  "Some protected routes are open: their Ingresses are not served",
	"N01":  "ingress-nginx rejects snippet annotations. ",
	"O11":  "Gafaelfawr's API works, but nginx's subrequests fail: the auth-url of the Ingresses names a path",
	"Y15":  "The Ingress of one probe refuses differently from the others",
	"Y26":  "People are not sent to the login from ",
	"Y26b": "People are not sent to the login from ",
	"W28":  "A probe of Muster lets in a token without the scopes of its chart",
	"W33":  "A probe of Muster is open to everyone",
}

// notServed is the first cause if a declared path does not exist.
const notServed = "A protected path is not served"

// isFirst reports whether a text is one of the first causes, whatever the values
// of its arguments.
func isFirst(first map[string]bool, text string) bool {
	if first[text] {
		return true
	}
	pattern := regexp.MustCompile(`\\\{[a-z]+\\\}`).ReplaceAllString(regexp.QuoteMeta(text), ".*")
	if !strings.HasSuffix(text, ".") {
		pattern += "[:,] .*" // where the fault is, which depends on the run
	}
	matches := regexp.MustCompile("^" + pattern + "$").MatchString
	return slices.ContainsFunc(slices.Collect(maps.Keys(first)), matches)
}

// rulesAreProven asserts that every rule is the first cause of some run, and that
// every symptom of a rule is found in some run.
func rulesAreProven(t *testing.T, ran []outcome) {
	t.Helper()
	first := map[string]bool{}
	runs := make([]*verdict.Run, 0, len(ran))
	for _, r := range ran {
		runs = append(runs, r.run)
		if len(r.run.Diagnoses) > 0 {
			first[r.run.Diagnoses[0].Text] = true
		}
	}
	elsewhere := func(text string) bool {
		for beginning := range beyondFaults {
			if strings.HasPrefix(text, beginning) {
				return true
			}
		}
		for _, beginning := range outside {
			if strings.HasPrefix(text, beginning) {
				return true
			}
		}
		return strings.HasPrefix(text, notServed)
	}
	for _, text := range diagnoses.Causes() {
		assert.True(t, isFirst(first, text) || elsewhere(text), "no run names this cause first: %s", text)
	}
	for _, symptom := range diagnoses.Unseen(runs) {
		_, text, _ := strings.Cut(symptom, ": ")
		assert.True(t, elsewhere(text), "no run has this symptom: %s", symptom)
	}
	sources := functions(t)
	for _, name := range beyondFaults {
		assert.Contains(t, sources, name)
	}
}

// From outside some causes cannot be told apart, and have texts of their own.
func TestCausesFromOutside(t *testing.T) {
	t.Parallel()
	for id, says := range outside {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			f, err := faults.Find(id)
			require.NoError(t, err)
			options := phalanx.Defaults()
			f.Seed(&options)
			o := underMutation(t, options)
			require.NotEmpty(t, o.run.Diagnoses, o.stdout)
			assert.Contains(t, o.run.Diagnoses[0].Text, says, o.stdout)
		})
	}
}

// A cause names a path of the environment file that does not exist.
func TestPathThatIsNotServed(t *testing.T) {
	t.Parallel()
	env := environment(t, deployment(t, phalanx.Defaults()),
		"muster: {deployed: none}\nprotected: [{path: /nowhere, scope: 'exec:admin'}]\n")
	o := runs(t, theSuite(t), "-env="+env)
	require.NotEmpty(t, o.run.Diagnoses, o.stdout)
	assert.Contains(t, o.run.Diagnoses[0].Text, notServed)
}
