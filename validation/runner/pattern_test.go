package runner

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// The runner and package testing accept the same patterns.
func TestPatternsAsTestingTakesThem(t *testing.T) {
	t.Parallel()
	for pattern, usable := range map[string]bool{
		"TestA": true, "^Test(A|B)$": true, "TestA|TestB": true, "TestA/sub": true, "(a/b)": true, "[/]": true, `a\/b`: true,
		"[[:alpha:]|]": true, "é": true, "a b": true,
		`\Q)/\E`: true, "(": false, "a/(": false, `\Q/\E`: false, `\Q|\E`: false, "[]|]": false, "a|*": false, ")/(": false,
		"a)|(b": false,
	} {
		out, _ := exec.Command(os.Args[0], "-test.run="+pattern, "-test.skip=.").CombinedOutput()
		assert.Equal(t, usable, !strings.Contains(string(out), "invalid regexp"), "testing: %q", pattern)
		assert.Equal(t, usable, checkPattern(pattern) == nil, "the runner: %q", pattern)
	}
	for _, pattern := range []string{"a\x00", "a\n-test.v", "\xff", "a\u0085", "\x1b[2J"} {
		assert.Error(t, checkPattern(pattern), "%q", pattern)
	}
}
