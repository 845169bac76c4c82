package runner

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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
