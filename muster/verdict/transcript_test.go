package verdict

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A run that prints without end takes a bounded part of the memory, and its
// first and last words are kept.
func TestBoundedMemory(t *testing.T) {
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
		fmt.Fprint(w, `{"Action":"output","Package":"p","Output":"muster: verdict=fail\n"}`+"\n"+`{"Action":"fail","Package":"p"}`+"\n")
		_ = w.Close()
	}()
	s, err := Read(r, nil)
	require.NoError(t, err)
	assert.LessOrEqual(t, s.taken.taken, maxTranscripts+10*2*testTranscript)
	assert.LessOrEqual(t, len(s.stray.String()), maxLine+100)
	report := s.Report(nil)
	require.Len(t, report.Checks, maxTests+1)
	assert.Equal(t, otherTests, report.Checks[maxTests].Name)
	for _, c := range report.Checks[:10] {
		assert.Equal(t, OutcomeFail, c.Outcome)
		assert.Regexp(t, `^first words(?s:.*)… left out …(?s:.*)last words$`, c.Output)
	}
}

// What fits is kept as it is.
func TestTranscript(t *testing.T) {
	t.Parallel()
	kept := transcript{budget: &budget{}, limit: 4}
	for _, text := range []string{"ab", "cdef", "", "gh"} {
		kept.WriteString(text)
	}
	assert.Equal(t, "abcdefgh", kept.String())
	kept.WriteString("ijklmnop")
	assert.Equal(t, "abcd\n[… left out …]\nmnop", kept.String())
	assert.Equal(t, 8, kept.budget.taken)
}
