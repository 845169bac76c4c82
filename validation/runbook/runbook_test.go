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

// A command is copied from a terminal as it stands there: none is broken in two.
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
