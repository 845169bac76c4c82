package summary

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCut(t *testing.T) {
	t.Parallel()
	for columns, want := range map[int]string{0: "…", 1: "…", 3: "tr…", 4: "trés", 5: "trés"} {
		assert.Equal(t, want, Cut("trés", columns))
	}
}

func paint(outcome, text string) string { return outcome + "(" + text + ")" }

// A wrapped text takes at most five lines; the last one is cut.
func TestFoldedTakesFiveLines(t *testing.T) {
	t.Parallel()
	narrow := text{o: Options{Width: 20, Paint: paint}}
	five := strings.TrimSpace(strings.Repeat("word word word ", 5))
	assert.Equal(t, []string{
		"fail(* word word word)", "fail(  word word word)", "fail(  word word word)", "fail(  word word word)",
		"fail(  word word word)",
	}, narrow.folded("fail", "* ", "  ", five))
	assert.Equal(t, []string{
		"fail(* word word word)", "fail(  word word word)", "fail(  word word word)", "fail(  word word word)",
		"fail(  word word word w…)",
	}, narrow.folded("fail", "* ", "  ", five+" word"))

	plain := text{}.wrapped("", strings.Repeat("123456789 ", 30))
	require.Len(t, plain, 3)
	assert.Equal(t, "  "+strings.TrimSpace(strings.Repeat("123456789 ", 11)), plain[0])
	wide := text{}.wrapped("", strings.Repeat("1234567 ", 15)) // 121 columns
	assert.Len(t, wide, 2)
}

// A list of names takes two lines, and says how many it leaves out.
func TestFewNames(t *testing.T) {
	t.Parallel()
	narrow := text{o: Options{Width: 24}}
	assert.Equal(t, []string{"head:"}, narrow.few("head:", nil))
	assert.Equal(t, []string{"head: A"}, narrow.few("head:", []string{"A"}))
	assert.Equal(t, []string{"head: A, B"}, narrow.few("head:", []string{"A", "B"}))
	names := []string{"A", "B", "C", "D"}
	assert.Equal(t, []string{"head: A, B,", "      C, D"}, narrow.few("head:", names))
	narrow.o.Width = 22 // columns of "head: A, B, and 3 more", which must be fewer
	assert.Equal(t, []string{"head: A,", "      B and 2 more"}, narrow.few("head:", names))
	narrow.o.Width = 19 // columns of "head: A, and 4 more"
	assert.Equal(t, []string{"head:", "      A and 3 more"}, narrow.few("head:", names))
}

// A line that is wider than the terminal takes several rows.
func TestHeight(t *testing.T) {
	t.Parallel()
	wide := strings.Repeat("x", 20)
	lines := []string{"", wide, wide + "y", wide + wide + "y"}
	assert.Equal(t, 4, text{}.height(lines))
	assert.Equal(t, 7, text{o: Options{Width: 20}}.height(lines))
}

// On a small screen the last blocks become short first. The last line says how
// many are left out, and where they are.
func TestLimit(t *testing.T) {
	t.Parallel()
	blocks := func() []block {
		return []block{
			{full: []string{"a1", "a2", "a3"}, short: []string{"a"}}, {full: []string{"b1", "b2"}},
			{full: []string{"c1", "c2", "c3"}, short: []string{"c"}},
		}
	}
	for rows, want := range map[int]string{
		8: "a1 a2 a3 b1 b2 c1 c2 c3", 7: "a1 a2 a3 b1 b2 c", 6: "a1 a2 a3 b1 b2 c", 5: "a b1 b2 c", 4: "a b1 b2 c",
		3: "a b1   and 2 more lines: see above",
	} {
		assert.Equal(t, want, strings.Join(text{}.limit(blocks(), rows), " "), rows)
	}
	elsewhere := text{o: Options{Details: "report.html"}}.limit(blocks(), 2)
	assert.Equal(t, []string{"a", "  and 3 more lines: see report.html"}, elsewhere)
}
