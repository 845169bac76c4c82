package main

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
)

// evil is what a deployment may say anywhere.
const evil = "</pre></script><script>taken()</script><img src=x onerror=taken()>\n```\n<script>taken()</script>\n" +
	"[x](javascript:taken()) \"'><a href=\"javascript:taken()\" onclick=taken()>x</a>]]>{{.}}"

// taint replaces every text of a value, but for those that decide what is shown.
func taint(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			taint(v.Elem())
		}
	case reflect.Struct:
		for field, value := range v.Fields() {
			if value.CanSet() && !slices.Contains([]string{"Outcome", "Verdict", "Severity"}, field.Name) {
				taint(value)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			taint(v.Index(i))
		}
	case reflect.Map:
		if v.Type() == reflect.TypeFor[map[string]string]() && v.Len() > 0 {
			v.SetMapIndex(reflect.ValueOf(evil), reflect.ValueOf(evil))
		}
	case reflect.String:
		v.SetString(evil + v.String())
	default: // no text
	}
}

// No text of a run becomes markup of a report, whichever it is.
func TestEveryTextIsEscaped(t *testing.T) {
	t.Parallel()
	r := exampleReport()
	taint(reflect.ValueOf(r))
	var page, text bytes.Buffer
	require.NoError(t, writeHTML(&page, publication{Run: r, source: defaultSource}))
	require.NoError(t, writeMarkdown(&text, publication{Run: r, source: defaultSource}))
	assert.Greater(t, strings.Count(page.String(), "taken"), 50)
	assert.Greater(t, strings.Count(text.String(), "taken"), 20)
	assertNoMarkup(t, page.Bytes())
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

func assertNoMarkup(t *testing.T, page []byte) {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(page))
	require.NoError(t, err)
	scripts := 0
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		assert.NotContains(t, []string{"img", "iframe", "object", "embed", "base"}, n.Data)
		if n.Data == "script" {
			scripts++
			assert.Equal(t, script, n.FirstChild.Data)
		}
		for _, a := range n.Attr {
			assert.False(t, strings.HasPrefix(a.Key, "on"), "%s=%s", a.Key, a.Val)
			if a.Key == "href" || a.Key == "src" {
				assert.NotContains(t, strings.ToLower(a.Val), "javascript:")
			}
		}
	}
	assert.Equal(t, 1, scripts)
}
