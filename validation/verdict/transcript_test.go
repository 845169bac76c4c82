package verdict

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/lsst-sqre/muster/fixtures/lanes"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A run that prints without end takes bounded memory. Its first and last words
// are kept.
func TestBoundedMemory(t *testing.T) {
	lanes.Slow(t)
	t.Parallel()
	const block = `{"Action":"output","Package":"p","Test":"Test%d","Output":"%s\n"}` + "\n"
	r, w := io.Pipe()
	go func() {
		filler := strings.Repeat("y", 2000)
		for range 2000 {
			fmt.Fprint(w, strings.Repeat("x", 50_000)) // one line of 100 MB
		}
		fmt.Fprintln(w)
		for n := range 10 {
			fmt.Fprintf(w, block, n, "first words")
			for range 5000 {
				fmt.Fprintf(w, block, n, filler)
			}
			fmt.Fprintf(w, block, n, "last words")
			fmt.Fprintf(w, `{"Action":"fail","Package":"p","Test":"Test%d"}`+"\n", n)
		}
		for n := range 2 * maxTests {
			fmt.Fprintf(w, `{"Action":"run","Package":"p","Test":"TestMore%d"}`+"\n", n)
		}
		fmt.Fprint(
			w,
			`{"Action":"output","Package":"p","Output":"muster.run={\"verdict\":\"fail\"}\n"}`+"\n"+
				`{"Action":"fail","Package":"p"}`+"\n",
		)
		_ = w.Close()
	}()
	s, err := Read(r, nil)
	require.NoError(t, err)
	assert.LessOrEqual(t, s.taken.taken, maxTranscripts+10*2*testTranscript)
	assert.Equal(t, leftOut+"\n", s.nonEvents.String())
	report := s.Run(nil)
	require.Len(t, report.Checks, maxTests+1)
	assert.Equal(t, otherTests, report.Checks[maxTests].Name)
	for _, c := range report.Checks[:10] {
		assert.Equal(t, OutcomeFail, c.Outcome)
		assert.Regexp(t, `^first words(?s:.*)… left out …(?s:.*)last words$`, c.Output)
	}
}

// So does a compiler with endless messages or messages about every package.
func TestBoundedBuilds(t *testing.T) {
	t.Parallel()
	s := NewStream()
	s.add(event{Action: "build-output", ImportPath: "p", Output: "first words\n"})
	for range 200 {
		s.add(event{Action: "build-output", ImportPath: "p", Output: strings.Repeat("y", 49_999) + "\n"})
	}
	s.add(event{Action: "build-output", ImportPath: "p", Output: "last words\n"})
	s.add(event{Action: "fail", Package: "p", FailedBuild: "p"})
	assert.LessOrEqual(t, len(s.outside()), 3*testTranscript)
	r := s.Run(nil)
	assert.Equal(t, []string{"the tests do not build: first words"}, r.Problems)
	assert.Regexp(t, `^first words(?s:.*)… left out …(?s:.*)last words$`, r.Output)

	for i := range 1000 {
		s.add(event{Action: "build-output", ImportPath: fmt.Sprint(i), Output: strings.Repeat("y", testTranscript)})
		s.add(event{Action: "fail", Package: fmt.Sprint(i), FailedBuild: fmt.Sprint(i)})
	}
	assert.LessOrEqual(t, len(s.outside()), maxTranscripts+4*testTranscript)
}

// Output that fits is kept unchanged. Of longer output whole lines are left out.
func TestTranscript(t *testing.T) {
	t.Parallel()
	const mark = leftOut + "\n"
	for want, writes := range map[string][]string{
		"abcdefgh":               {"ab", "cdef", "", "gh"},
		"ab\ncd\nefgh":           {"ab\ncd\n", "ef", "gh"},
		"a\nb\n" + mark + "j\n":  {"a\nb\n", "cd\nef\ngh", "i\nj\n"},
		"a\n" + mark + "l\n":     {"a\nbcd", "efghijk", "\nl\n"},
		"a\n" + mark + "m":       {"a\nb", "cdefghij", "k", "l\nm"},
		mark:                     {"abcdefghij"},
		mark + "b\n":             {"aaaaaaaaaa", "a\nb\n"},
		"abc\n" + mark + "klm\n": {"abc\ndefghij\nklm\n"},
		"a\nb\n" + mark + "lm":   {"a\nb\n", "cdefgh\nijk\nlm"},
	} {
		kept := transcript{budget: &budget{}, limit: 4}
		for _, text := range writes {
			kept.WriteString(text)
		}
		assert.Equal(t, want, kept.String(), "%q", writes)
		assert.Equal(t, len(kept.head)+len(kept.tail), kept.budget.taken, "%q", writes)
	}
}
