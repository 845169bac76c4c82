package proof

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/faults"
	"github.com/lsst-sqre/muster/fixtures/phalanx"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// elsewhere names the checks that no fault of the catalogue turns red, with the
// reason and the function of this package that does.
var elsewhere = map[string]struct{ why, proof string }{
	"TestReachable":            {"the local deployment always listens", "TestBadInput"},
	"TestScope":                {"the scope of the environment local is right", "TestBadInput"},
	"TestKubernetes":           {"the local deployment's API is in this process", "TestNoAPIServer"},
	"TestDeclaredPaths":        {"what it finds makes the run incomplete", "TestUndeclaredLogin"},
	"TestCanary":               {"it makes objects, which only -write allows", "canaryIsRemoved"},
	"TestIngressOptions":       {"as TestCanary", "optionsAreTaken"},
	"TestAllocatedUID":         {"the local deployment has LDAP, which excludes Firestore", "TestFirestore"},
	"TestCookieSeparators":     {"it is red on every deployment, and advice", "TestStrict"},
	"TestTokenAfterTab":        {"as TestCookieSeparators", "TestStrict"},
	"TestOtherIdentityHeaders": {"as TestCookieSeparators", "TestStrict"},
	"TestTokenBeforeBlank":     {"as TestCookieSeparators", "TestStrict"},
}

// TestFaults runs the suite with the faults of the catalogue. The checks of the
// fault fail. The first line on the terminal and in the report names the cause.
// The first listed check is one of the fault's own. Exit code, verdict and report
// agree.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, f := range seeded() {
		t.Run(f.ID+"-"+f.Name, func(t *testing.T) {
			t.Parallel()
			r := withFault(t, f.ID)
			failed := r.failed()
			require.NotEmpty(t, failed, r.stdout)
			assert.Subset(t, failed, f.Checks)
			assert.Contains(t, f.Checks, failed[0], "another check comes first than those of the fault")
			assert.Contains(t, r.seenFirst(), f.Says)
			assert.NotContains(t, r.stdout, "panicked")
			agrees(t, r)
		})
	}
}

// agrees asserts that the exit code, the summary for people and the run for
// programs agree.
func agrees(t *testing.T, r outcome) {
	t.Helper()
	assert.Contains(t, []string{verdict.Fail, verdict.Incomplete}, r.run.Verdict)
	assert.Equal(t, verdict.ExitCode(r.run.Verdict), r.code)
	_, last, found := strings.Cut(r.stdout, "\n"+strings.ToUpper(r.run.Verdict)+" of ")
	assert.True(t, found)
	rest := strings.Join(strings.Fields(last), " ")
	for _, d := range r.run.Diagnoses {
		_, rest, found = strings.Cut(rest, "CAUSE "+d.Text)
		assert.True(t, found, "not in its place: %s", d)
	}
	for _, name := range r.failed() {
		assert.Regexp(t, `\n +FAIL `+name+`( \[security\])?: `, last)
	}
}

// A healthy deployment has no failure and no cause.
func TestNoFault(t *testing.T) {
	t.Parallel()
	r := withFault(t, "")
	assert.Zero(t, r.code, r.stdout)
	assert.Empty(t, r.failed())
	assert.Empty(t, r.run.Diagnoses)
	assert.Equal(t, verdict.Pass, r.run.Verdict)
}

// Every check can fail. At least one fault names it, or elsewhere gives the
// reason.
func TestEveryCheckHasAFault(t *testing.T) {
	t.Parallel()
	names, named := checkNames(t), map[string]bool{}
	for _, f := range faults.All() {
		assert.NotEmpty(t, f.Checks, f.ID)
		assert.NotEmpty(t, f.Says, f.ID)
		for _, name := range f.Checks {
			assert.Contains(t, names, name, "fault %s names a check that does not exist", f.ID)
			named[name] = true
		}
	}
	for _, name := range names {
		why := elsewhere[name].why
		assert.NotEqual(
			t,
			why != "",
			named[name],
			"%s: either a fault names it or `elsewhere` tells why none does (%s)",
			name,
			why,
		)
	}
	sources := functions(t)
	for name, e := range elsewhere {
		assert.Contains(t, names, name)
		assert.Contains(t, sources[e.proof], `"`+name+`"`, "%s is to prove it red, and does not name it", e.proof)
	}
}

// functions returns the functions of this package with their source.
func functions(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("*_test.go")
	require.NoError(t, err)
	sources := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, file, text, 0)
		require.NoError(t, err)
		for _, d := range parsed.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				sources[f.Name.Name] = string(text[set.Position(f.Pos()).Offset:set.Position(f.End()).Offset])
			}
		}
	}
	return sources
}

// faultRuns are the runs of this process, so that no fault is run twice.
var faultRuns sync.Map

// withFault runs the suite with a fault, or without one if id is empty.
func withFault(t *testing.T, fault string) outcome {
	t.Helper()
	binary := theSuite(t)
	once, _ := faultRuns.LoadOrStore(fault, sync.OnceValue(func() outcome {
		args := []string{"-env=local"}
		if fault != "" {
			args = append(args, "-fault="+fault)
		}
		return runs(t, binary, args...)
	}))
	return once.(func() outcome)()
}

// saidFirst returns the first line below the verdict: the first cause or else the
// first failed check. It lacks the findings, because ports and times differ.
func (o outcome) saidFirst() string {
	if len(o.run.Diagnoses) > 0 {
		return o.run.Diagnoses[0].Text
	}
	first := o.run.Failures()[0]
	return first.Name + ": " + first.Obligation
}

// seenFirst is saidFirst with the finding, if there is no cause.
func (o outcome) seenFirst() string {
	text := o.saidFirst()
	if len(o.run.Diagnoses) == 0 {
		text += "\n" + o.run.Failures()[0].Found()
	}
	return text
}

// causes returns the texts of all causes of the run.
func (o outcome) causes() []string {
	all := []string{}
	for _, d := range o.run.Diagnoses {
		all = append(all, d.Text)
	}
	return all
}

func TestFirestore(t *testing.T) {
	t.Parallel()
	env := environment(t, deployment(t, phalanx.Defaults()), "features: [firestore]\nuser: {username: ldapuser, uid: 1}\n")
	o := runs(t, theSuite(t), "-env="+env)
	assert.Equal(t, []string{"TestAllocatedUID"}, o.failed(), o.stdout)
}

// TestFaultList shows the catalogue, id first, in lines that fit a terminal.
func TestFaultList(t *testing.T) {
	t.Parallel()
	o := finish(t, command(t, theSuite(t), "-fault=list"))
	assert.Zero(t, o.code)
	assert.Empty(t, tooWide(o.stdout))
	lines := regexp.MustCompile(`(?m)^\S.*$`).FindAllString(o.stdout, -1)
	require.Len(t, lines, len(faults.All()))
	for i, f := range faults.All() {
		assert.True(t, strings.HasPrefix(lines[i], fmt.Sprintf("%-4s ", f.ID)), lines[i])
	}
}
