package gafaelfawr

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
)

func TestPrintable(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                "",
		"as it is: é 😀\n\tmore":           "as it is: é 😀\n\tmore",
		"\x16=== RUN TestX":               `\x16=== RUN TestX`,
		"\x1b[2J\x1b]0;title\a\b\x00\x7f": `\x1b[2J\x1b]0;title\x07\x08\x00\x7f`,
		"\u009b31m\u0085":                 `\u009b31m\u0085`,
		"a\r\nb\rc":                       "a\nb\\rc",
		"\u202eabc\u2066\u200b\u2028":     `\u202eabc\u2066\u200b\u2028`,
		"\xff\uFFFF":                      "\uFFFD\\uffff",
	} {
		assert.Equal(t, want, Printable(text), "%q", text)
		assert.Equal(t, want, Printable(Printable(text)))
	}
	assert.Equal(t, "a b c d e f", PrintableLine(" a\nb \r\n c\r\rd\u2028e\u0085f\n"))
}

func TestWithoutCommands(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"::error::x":                             ": :error::x",
		"first\n    ::add-mask::x\nlast":         "first\n    : :add-mask::x\nlast",
		"\t\u00a0::stop-commands::x":             "\t\u00a0: :stop-commands::x",
		"words ##[error]x":                       "words ## [error]x",
		"::1 is an address":                      "::1 is an address",
		"C++ has std::vector and std::map, fine": "C++ has std::vector and std::map, fine",
	} {
		assert.Equal(t, want, WithoutCommands(text), "%q", text)
	}
}

func FuzzPrintable(f *testing.F) {
	f.Add("\r\x16\u202e\xff::x::\n::y::##[z]")
	f.Add("::Sy::##[x::")
	f.Fuzz(func(t *testing.T, text string) {
		got := WithoutCommands(Printable(text))
		assert.True(t, utf8.ValidString(got))
		for _, r := range got {
			if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
				t.Fatalf("%q", got)
			}
		}
		for line := range strings.Lines(got) {
			trimmed := strings.TrimSpace(line)
			if strings.HasPrefix(trimmed, "::") && strings.Contains(trimmed[2:], "::") || strings.Contains(line, "##[") {
				t.Fatalf("a command: %q", line)
			}
		}
		assert.NotContains(t, PrintableLine(text), "\n")
	})
}
