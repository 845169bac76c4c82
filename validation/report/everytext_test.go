package main

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/hostile"
)

// No text of a run becomes markup in a report.
func TestEveryTextIsEscaped(t *testing.T) {
	t.Parallel()
	r := exampleReport()
	hostile.Taint(reflect.ValueOf(r), "Outcome", "Verdict", "Severity") // which decide what is shown
	var page, text bytes.Buffer
	require.NoError(t, writeHTML(&page, publication{Run: r, source: defaultSource}))
	require.NoError(t, writeMarkdown(&text, publication{Run: r, source: defaultSource}))
	assert.Greater(t, strings.Count(page.String(), "taken"), 50)
	assert.Greater(t, strings.Count(text.String(), "taken"), 20)
	hostile.AssertNoMarkup(t, page.Bytes(), script)
	fence := ""
	for line := range strings.Lines(text.String()) {
		marks := line[:len(line)-len(strings.TrimLeft(line, "`"))]
		switch {
		case fence == "" && len(marks) >= 3:
			fence = marks
		case fence != "" && len(marks) >= len(fence) && strings.TrimSpace(line) == marks:
			fence = ""
		case fence == "":
			assert.NotRegexp(t, `[^\\]<(script|img|a |/pre)|[^\\]\]\(javascript`, line)
		}
	}
	assert.Empty(t, fence, "a block that does not end")
	var document bytes.Buffer
	require.NoError(t, writeJUnit(&document, r))
	assertWellFormed(t, document.Bytes())
	assert.NotContains(t, document.String(), "<script")
}
