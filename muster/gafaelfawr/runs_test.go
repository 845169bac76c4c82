package gafaelfawr

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestEachRun(t *testing.T) {
	t.Parallel()
	type run struct {
		start int
		text  string
	}
	for text, want := range map[string][]run{
		"": nil, "-": nil, "ab": {{0, "ab"}}, "-ab-": {{1, "ab"}}, "a--abc-f": {{3, "abc"}}, "ab-cd": {{0, "ab"}, {3, "cd"}},
	} {
		var got []run
		eachRun(text, &inHex, 2, func(start int, text string) { got = append(got, run{start, text}) })
		assert.Equal(t, want, got, text)
	}
	count := 0
	eachRun("-a", &inHex, 1, func(int, string) { count++ })
	assert.Equal(t, 1, count, "the last character")
}
