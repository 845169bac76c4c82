package verdict

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestFailureMessage(t *testing.T) {
	t.Parallel()
	for want, output := range map[string]string{
		"panic: boom": "x_test.go:5: before\npanic: boom\n\ngoroutine 1 [running]:",
		"Not equal: expected: 1 actual : 2": "x_test.go:7: \n    \tError Trace:\tx_test.go:7\n    \tError:      \tNot " +
			"equal: \n" +
			"    \t            \texpected: 1\n    \t            \tactual  : 2\n    \tTest:       \tTestX\n",
		"it is wrong": "\nx_test.go:12: it is wrong\n    and more",
		"":            "",
	} {
		assert.Equal(t, want, failureMessage(output))
	}
	assert.Len(t, []rune(failureMessage(strings.Repeat("wörd ", 1000))), maxMessage+1)
}

func TestLongOutputKeepsBothEnds(t *testing.T) {
	t.Parallel()
	got := cleanOutput("first" + strings.Repeat("ö", maxOutput) + "last")
	assert.Less(t, len(got), maxOutput+100)
	assert.Regexp(t, `^first(?s:.*)\[… left out …\](?s:.*)last$`, got)
	assert.NotContains(t, got, "\uFFFD")
}
