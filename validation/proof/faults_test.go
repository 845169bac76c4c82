package proof

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/faults"
	"github.com/lsst-sqre/muster/fixtures/phalanx"
	"github.com/lsst-sqre/muster/fixtures/programs"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// elsewhere names the checks that no fault of the catalogue turns red: why, and
// the function of this package that does.
var elsewhere = map[string]struct{ why, proof string }{
	"TestReachable":            {"the local deployment always listens", "TestBadInput"},
	"TestScope":                {"the scope of the environment local is right", "TestBadInput"},
	"TestKubernetes":           {"the local deployment's API is in this process", "TestNoAPIServer"},
	"TestCanary":               {"it makes objects, which only -write allows", "canaryIsRemoved"},
	"TestAllocatedUID":         {"the local deployment has LDAP, which excludes Firestore", "TestFirestore"},
	"TestHomePageAssets":       {"the home page of the local deployment lacks nothing", "TestAssets"},
	"TestCookieSeparators":     {"it is red on every deployment, and advice", "TestStrict"},
	"TestTokenAfterTab":        {"as TestCookieSeparators", "TestStrict"},
	"TestOtherIdentityHeaders": {"as TestCookieSeparators", "TestStrict"},
}

// TestFaults runs the suite with every fault of the catalogue. The checks that
// the fault names fail; what a reader sees first, on the terminal and in the
// report, names the cause; the check that is listed first is one of the fault's
// own; exit code, verdict and report agree.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, f := range faults.All() {
		t.Run(f.ID+"-"+f.Name, func(t *testing.T) {
			t.Parallel()
			r := withFault(t, f.ID)
			listed := r.listed()
			require.NotEmpty(t, listed, r.stdout)
			assert.Subset(t, listed, f.Checks)
			assert.Contains(t, f.Checks, listed[0], "another check comes first than those of the fault")
			assert.Contains(t, withoutEvidence(r.firstLine()), f.Says)
			assert.NotContains(t, r.stdout, "panicked")
			assert.ElementsMatch(t, r.failed(), listed)
			agrees(t, r)
			assert.Contains(t, withoutEvidence(r.report.Headline()), f.Says)
			assert.Contains(t, f.Checks, r.report.Failures()[0].Name, "another check comes first in the report")
		})
	}
}

// agrees holds exit code, last lines and report.json to the same.
func agrees(t *testing.T, r faultRun) {
	t.Helper()
	code, known := map[string]int{verdict.Fail: 1, verdict.Incomplete: 2}[r.value("verdict")]
	assert.True(t, known, "verdict %q", r.value("verdict"))
	assert.Equal(t, code, r.code)
	assert.Equal(t, r.value("verdict"), r.report.Verdict)
	assert.Equal(t, r.causes(), r.report.Diagnoses)
	var names []string
	for _, c := range r.report.Failures() {
		names = append(names, c.Name)
	}
	assert.ElementsMatch(t, r.listed(), names)
}

// A healthy deployment has no failure, and no cause is named.
func TestNoFault(t *testing.T) {
	t.Parallel()
	r := withFault(t, "")
	assert.Zero(t, r.code, r.stdout)
	assert.Empty(t, r.listed())
	assert.Empty(t, r.causes())
	assert.Equal(t, verdict.Pass, r.report.Verdict)
	assert.Zero(t, r.report.Counts[verdict.OutcomeFail])
}

// Every check can fail: at least one fault names it, or it is told why not.
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
		assert.NotEqual(t, why != "", named[name], "%s: either a fault names it or `elsewhere` tells why none does (%s)", name, why)
	}
	sources := functions(t)
	for name, e := range elsewhere {
		assert.Contains(t, names, name)
		assert.Contains(t, sources[e.proof], `"`+name+`"`, "%s is to prove it red, and does not name it", e.proof)
	}
}

// functions are those of this package, with their source.
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

// faultRun is a run of the suite on the local deployment.
type faultRun struct {
	outcome
	report *verdict.Run
}

// faultRuns are the runs of this process, so that no fault is run twice.
var faultRuns sync.Map

// withFault runs the suite with a fault, or without where it is empty.
func withFault(t *testing.T, fault string) faultRun {
	t.Helper()
	binary := theSuite(t)
	once, _ := faultRuns.LoadOrStore(fault, sync.OnceValue(func() faultRun {
		args := []string{"-test.v=test2json", "-env=local"}
		if fault != "" {
			args = append(args, "-fault="+fault)
		}
		o := runs(t, binary, args...)
		report := reportOf(t, o.stdout)
		o.stdout = strings.ReplaceAll(o.stdout, "\x16", "") // test2json's mark in front of go test's own lines
		return faultRun{o, report}
	}))
	return once.(func() faultRun)()
}

// reportOf is report.json of a run, made of its events as validation/report
// makes it.
func reportOf(t *testing.T, stdout string) *verdict.Run {
	t.Helper()
	convert := exec.CommandContext(t.Context(), test2json(t), "-t", "-p", "github.com/lsst-sqre/muster/validation")
	convert.Stdin = strings.NewReader(stdout)
	events, err := convert.Output()
	require.NoError(t, err)
	stream, err := verdict.Read(bytes.NewReader(events), nil)
	require.NoError(t, err)
	return stream.Run(nil)
}

// test2json is the program that go test -json uses.
func test2json(t *testing.T) string {
	return programs.Build(t, "test2json", "build", "cmd/test2json")
}

var (
	listedLine = regexp.MustCompile(`(?m)^  FAIL (\w+): .*\n.*`)
	causeLine  = regexp.MustCompile(`(?m)^  CAUSE (.*)$`)
)

// listed are the failures in the order in which the summary lists them.
func (o outcome) listed() []string {
	var names []string
	for _, m := range listedLine.FindAllStringSubmatch(o.stdout, -1) {
		names = append(names, m[1])
	}
	return names
}

// causes are the diagnoses of the summary.
func (o outcome) causes() []string {
	all := []string{}
	for _, m := range causeLine.FindAllStringSubmatch(o.stdout, -1) {
		all = append(all, m[1])
	}
	return all
}

// firstLine is what a reader sees first below the verdict: the first CAUSE or,
// where no diagnosis applies, the first FAIL with what was found.
func (o outcome) firstLine() string {
	if causes := o.causes(); len(causes) > 0 {
		return causes[0]
	}
	return listedLine.FindString(o.stdout)
}

// withoutEvidence cuts off what a cause was read from, which quotes words that
// name other causes, ports and times.
func withoutEvidence(text string) string {
	text, _, _ = strings.Cut(text, " Seen: ")
	return text
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
	lines := strings.Split(strings.TrimSpace(o.stdout), "\n")
	require.Len(t, lines, len(faults.All()))
	for i, f := range faults.All() {
		assert.True(t, strings.HasPrefix(lines[i], fmt.Sprintf("%-4s ", f.ID)), lines[i])
	}
}
