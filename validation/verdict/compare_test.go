package verdict

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCompare(t *testing.T) {
	t.Parallel()
	check := func(name, outcome string, seconds float64) *Check {
		return &Check{Name: name, Outcome: outcome, Seconds: seconds}
	}
	old := &Run{
		Verdict:     Fail,
		Environment: "idfdev",
		Facts:       map[string]string{"gafaelfawr": "15.4.1", "same": "1"},
		Checks: []*Check{
			check("TestA", OutcomePass, 1), check("TestB", OutcomeFail, 1), check("TestC", OutcomeFail, 1),
			check("TestSlow", OutcomePass, 0.4), check("TestQuick", OutcomePass, 0.01),
		},
	}
	now := &Run{Facts: map[string]string{"gafaelfawr": "16.0.0", "same": "1"}, Checks: []*Check{
		check("TestA", OutcomeFail, 1), check("TestB", OutcomeAdvice, 1), check("TestC", OutcomeFail, 1),
		check("TestNew", OutcomeError, 0), check("TestSlow", OutcomePass, 0.9), check("TestQuick", OutcomePass, 0.1),
	}}
	c := now.CompareWith(old)
	assert.Equal(t, []string{"TestA", "TestNew"}, c.NewlyRed)
	assert.Equal(t, []string{"TestB"}, c.NewlyGreen)
	assert.Equal(t, []string{"gafaelfawr: 16.0.0, before 15.4.1"}, c.Facts)
	assert.Equal(t, []string{"TestSlow: 900 ms, before 400 ms"}, c.Slower)
	assert.Contains(t, c.String(), "Compared with FAIL of idfdev: ")
	assert.Contains(t, old.CompareWith(old).String(), "nothing changed")
	assert.Equal(t, "Since the other run: nothing changed", old.CompareWith(old).Line())
	old.Started = time.Date(2026, 11, 30, 22, 4, 0, 0, time.UTC)
	assert.Equal(t, "Since 2026-11-30 22:04 UTC: newly failed 2, newly passed 1, changed facts 1, slower 1",
		now.CompareWith(old).Line())
}

// Seventy failed checks do not push the verdict off the screen.
func TestComparisonIsFolded(t *testing.T) {
	t.Parallel()
	c := &Comparison{Old: "PASS of my", Facts: []string{"certificate: " + strings.Repeat("word ", 30)}}
	for i := range 70 {
		c.NewlyRed = append(c.NewlyRed, fmt.Sprintf("TestWithAName%d", i))
	}
	text := c.String()
	assert.Less(t, strings.Count(text, "\n"), 25, text)
	assert.Contains(t, text, "  Newly failed (70):\n    TestWithAName0, TestWithAName1, ")
	for line := range strings.SplitSeq(text, "\n") {
		assert.Less(t, len(line), 80, line)
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "report.json")
	_, err := Load(file)
	require.ErrorContains(t, err, "cannot read the report")
	for text, says := range map[string]string{
		"{}": "is no report.json", "x": "is no report.json", `{"schema":1}`: "version 1 of the format",
	} {
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		_, err := Load(file)
		require.ErrorContains(t, err, says)
	}
	require.NoError(t, os.WriteFile(file, []byte(`{"schema":2,"verdict":"fail"}`), 0o600))
	r, err := Load(file)
	require.NoError(t, err)
	assert.Equal(t, Fail, r.Verdict)
}
