package runbook

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestSection(t *testing.T) {
	t.Parallel()
	text := "# Runbook\n\n## TestA\n\nWhat A is.\n\n- one\n\n## TestB\nB.\n\n# Networks\n\n## TestC\n"
	assert.Equal(t, "What A is.\n\n- one", Section(text, "TestA"))
	assert.Equal(t, "B.", Section(text, "TestB"))
	assert.Empty(t, Section(text, "Test"))
	assert.Equal(t, []string{"TestA", "TestB", "TestC"}, Checks(text))
}
