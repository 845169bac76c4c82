package message

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// nasty are texts with everything that has a meaning to a shell or a terminal.
var nasty = []string{
	"plain/word:1",
	"two words",
	"",
	"-n",
	"--output=x",
	"'",
	`"`,
	`'"$(touch PWNED)` + "`touch PWNED`" + `\`,
	"$HOME ${IFS} $((1+1))",
	"~",
	"*",
	"?[a]{b,c}",
	"a;b|c&d>e<f#g",
	"!!",
	"a!b",
	"tab\tand\nline\r\nends",
	"\n",
	"\nx",
	"x\n",
	"x\n\n",
	"\x1b[2J\x16\x7f\u009b\u202e",
	"é 😀 \u2028",
	"not UTF-8 \xff\xfe",
	strings.Repeat("x", 60),
	strings.Repeat("'", 60),
	strings.Repeat("%", 60),
	strings.Repeat("\n", 60) + "x",
	"/rogue';touch${IFS}PWNED;'",
	`\`,
	`\\n`,
	"%s%n",
}

func TestQuote(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "-env=prod.yaml", Quote("-env=prod.yaml"))
	assert.Equal(t, "'^TestX$'", Quote("^TestX$"))
	assert.Equal(t, `"it's"`, Quote("it's"))
	assert.Equal(t, `a\"b\\c\$d\`+"`"+`e$(printf '\011')f'`, Shell("a\"b\\c$d`e\tf'"))
	assert.Equal(t, `x$(head -c 51 /dev/zero | tr '\0' '\055')y`, Shell("x"+strings.Repeat("-", 51)+"y"))
	assert.Equal(t, strings.Repeat("-", 50), Shell(strings.Repeat("-", 50)))
}

// A shell gets exactly the quoted text.
func TestShellsSeeTheText(t *testing.T) {
	t.Parallel()
	for _, shell := range []string{"sh", "bash"} {
		if _, err := exec.LookPath(shell); err != nil {
			t.Logf("%s is not installed", shell)
			continue
		}
		for _, text := range nasty {
			dir := t.TempDir()
			for _, word := range []string{Quote(text), `"` + Shell(text) + `"`} {
				cmd := exec.CommandContext(t.Context(), shell, "-c", `for a in `+word+` last; do printf '%s\000' "$a"; done`)
				cmd.Dir = dir
				out, err := cmd.CombinedOutput()
				require.NoError(t, err, "%s", out)
				assert.Equal(t, text+"\x00last\x00", string(out), "%s of %q", shell, word)
			}
			assert.NoFileExists(t, dir+"/PWNED")
		}
	}
}

// An interactive shell expands an exclamation mark.
func TestNoHistoryExpansion(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("bash is not installed")
	}
	cmd := exec.CommandContext(t.Context(), "bash", "--norc", "-i")
	cmd.Stdin = strings.NewReader("true\nprintf '%s\\n' " + Quote("a!!b'") + "\n")
	out, err := cmd.Output()
	require.NoError(t, err)
	assert.Contains(t, string(out), "a!!b'")
}

func TestNamesOfTr(t *testing.T) {
	t.Parallel()
	for _, c := range []byte("0189AZaz") {
		assert.Equal(t, string(c), trName(c))
	}
	for c, want := range map[byte]string{'/': `\057`, ':': `\072`, '@': `\100`, '[': `\133`, '`': `\140`, '{': `\173`} {
		assert.Equal(t, want, trName(c))
	}
}
