package runner

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/hostile"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// The page of the run in progress grows as checks end. At its end it loads the
// report, which is the page of a run that has ended.
func TestPageOfARunInProgress(t *testing.T) {
	t.Parallel()
	s, open := gate(t)
	stream := s.open(t.Context(), http.MethodPost, "/run", "Accept", "text/event-stream")
	for range 4 { // run, TestA starts and ends, TestGate starts
		_, ok := nextEvent(t, stream)
		require.True(t, ok)
	}
	path := "/pages/runs/" + s.current().ID
	head, text := s.ask(http.MethodHead, path, "")
	assert.Empty(t, text)
	assert.Equal(t, "text/html; charset=utf-8", head.Header.Get("Content-Type"))
	assert.Equal(t, "no", head.Header.Get("X-Accel-Buffering"), "nginx would keep the page to itself")
	assert.Contains(t, head.Header.Get("Content-Security-Policy"), "form-action 'self'")

	page := s.open(t.Context(), http.MethodGet, path)
	var lines []string
	for line := ""; !strings.Contains(line, "<code>TestA</code>"); lines = append(lines, line) {
		var err error
		line, err = page.ReadString('\n')
		require.NoError(t, err, strings.Join(lines, ""))
	}
	open()
	for {
		line, err := page.ReadString('\n')
		if lines = append(lines, line); err != nil {
			break
		}
	}
	whole := strings.Join(lines, "")
	assert.Contains(t, whole, "<title>A run is under way")
	assert.Contains(t, whole, `<meta http-equiv="refresh" content="30">`, "its connection may be lost")
	assert.Equal(t, 2, strings.Count(whole, "<li class=\"pass\">"), whole)
	assert.Contains(t, whole, `The run has ended: <a href="/muster/runner`+path+`">`)
	assert.Contains(t, whole, `<meta http-equiv="refresh" content="0">`)

	_, report := s.ask(http.MethodGet, path, "")
	assert.NotContains(t, report, "under way")
	assert.NotContains(t, report, `http-equiv="refresh"`)
}

// No text of a check becomes markup while the run is in progress.
func TestPageOfARunInProgressEscapes(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "gate")
	s := start(t, child(t, "markup:"+file), nil)
	done := make(chan result, 1)
	go func() { done <- s.run("") }()
	until(t, "a run", func() bool { return s.current() != nil })
	page := s.open(t.Context(), http.MethodGet, "/pages/runs/"+s.current().ID)
	var lines []string
	for line := ""; !strings.Contains(line, "<code>TestMarkup</code>"); lines = append(lines, line) {
		var err error
		line, err = page.ReadString('\n')
		require.NoError(t, err, strings.Join(lines, ""))
	}
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	rest, err := io.ReadAll(page)
	require.NoError(t, err)
	whole := strings.Join(lines, "") + string(rest)
	hostile.AssertNoMarkup(t, []byte(whole))
	assert.Contains(t, whole, "taken()", "the text of the finding")
	assert.Equal(t, verdict.Fail, (<-done).Status)
}
