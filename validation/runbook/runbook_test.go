package runbook

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSection(t *testing.T) {
	t.Parallel()
	text := "# Runbook\n\n## TestA\n\nWhat A is.\n\n- one\n\n## TestB\nB.\n\n# Networks\n\n## TestC\n"
	assert.Equal(t, "What A is.\n\n- one", Section(text, "TestA"))
	assert.Equal(t, "B.", Section(text, "TestB"))
	assert.Empty(t, Section(text, "Test"))
	assert.Equal(t, []string{"TestA", "TestB", "TestC"}, Checks(text))
}

// People copy commands from a terminal, so no command is broken into two lines.
func TestCommandsStandOnOneLine(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../RUNBOOK.md")
	require.NoError(t, err)
	fenced := false
	for at, line := range strings.Split(string(text), "\n") {
		if strings.HasPrefix(line, "```") {
			fenced = !fenced
		} else if !fenced {
			assert.Zero(t, strings.Count(line, "`")%2, "line %d: %s", at+1, line)
		}
	}
}

// A terminal breaks no word and no command of a section.
func TestFolded(t *testing.T) {
	t.Parallel()
	text := "**Why**: one two three\nfour.\n\n- five six -> `kubectl get a b`, seven\n  eight\n- nine\n\n" +
		"```sh\nkubectl get all of it\n```\n| a table | stays as it is |"
	assert.Equal(t, "**Why**: one two\nthree four.\n\n- five six ->\n  `kubectl get a b`,\n  seven eight\n- nine\n\n"+
		"```sh\nkubectl get all of it\n```\n| a table | stays as it is |", Folded(text, 16))
}
