package scripts

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/lanes"
)

// recipe is what make would run for the target, without what it builds first.
func recipe(t *testing.T, target string) string {
	t.Helper()
	cmd := exec.CommandContext(
		t.Context(),
		"make",
		"-C",
		"..",
		"--dry-run",
		"--no-print-directory",
		"--old-file=bin/gotestsum",
		target,
	)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")} // not what a make above sets
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return string(out)
}

// CI runs race, and a reader runs test: neither may miss what the other has.
func TestRaceTestsWhatTestDoes(t *testing.T) {
	t.Parallel()
	race := recipe(t, "race")
	assert.Contains(t, race, " -race ")
	assert.Contains(t, race, lanes.Variable+"=1 ")
	assert.Equal(t, recipe(t, "test"), strings.ReplaceAll(race, " -race ", " "))
}

// What the documents tell a reader to make, there is to make, and is explained.
func TestDocumentedTargetsExist(t *testing.T) {
	t.Parallel()
	makefile, err := os.ReadFile("../Makefile")
	require.NoError(t, err)
	told := regexp.MustCompile("(?m)(?:^|`|: )make ([a-z]+)")
	for _, document := range []string{"../README.md", "../CONTRIBUTING.md", "README.md"} {
		text, err := os.ReadFile(document)
		require.NoError(t, err)
		found := told.FindAllStringSubmatch(string(text), -1)
		assert.NotEmpty(t, found, document)
		for _, m := range found {
			assert.Regexp(t, `(?m)^`+m[1]+`:.* ## .+`, string(makefile), "%s tells to make %s", document, m[1])
		}
	}
}

// What each target does stands in one column.
func TestHelpIsATable(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), "make", "-C", "..", "--no-print-directory", "help")
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	columns := map[int]bool{}
	for _, at := range regexp.MustCompile(`(?m)^(  make \w+ +)`).FindAllIndex(out, -1) {
		columns[at[1]-at[0]] = true
	}
	assert.Len(t, columns, 1, "%s", out)
}
