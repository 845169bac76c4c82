package runner

import (
	"bufio"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/phalanx"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// One event when a check starts, one when it ends, and the result.
func TestStream(t *testing.T) {
	t.Parallel()
	d := deployment(t, phalanx.Defaults())
	s := start(t, against(t, environment(t, d)), nil)
	stream := s.open(t.Context(), http.MethodPost, "/run", "Accept", "text/event-stream")
	started, ended := map[string]bool{}, map[string]string{}
	for {
		e, ok := nextEvent(t, stream)
		require.True(t, ok, "the stream has no result")
		var c verdict.Change
		switch e.name {
		case "run":
			assert.Empty(t, started)
			assert.Contains(t, e.data, `"status":"running"`)
			continue
		case "start", "end":
			require.NoError(t, json.Unmarshal([]byte(e.data), &c))
		}
		switch e.name {
		case "start":
			assert.False(t, started[c.Name])
			started[c.Name] = true
		case "end":
			assert.True(t, started[c.Name])
			ended[c.Name] = c.Outcome
		case "result":
			got := decode(t, e.data)
			assert.NotEqual(t, verdict.Incomplete, got.Status)
			assert.Len(t, ended, len(got.Checks))
			for _, c := range got.Checks {
				assert.Equal(t, c.Outcome, ended[c.Name], c.Name)
			}
			_, more := nextEvent(t, stream)
			assert.False(t, more)
			return
		}
	}
}

// A late client gets all earlier events and then the new ones.
func TestStreamJoined(t *testing.T) {
	t.Parallel()
	s, open := gate(t)
	first := s.open(t.Context(), http.MethodPost, "/run", "Accept", "text/event-stream")
	for range 4 { // run, TestA starts and ends, TestGate starts
		_, ok := nextEvent(t, first)
		require.True(t, ok)
	}
	second := s.open(t.Context(), http.MethodGet, "/runs/"+s.current().ID, "Accept", "text/event-stream")
	var names []string
	for range 4 {
		e, _ := nextEvent(t, second)
		names = append(names, e.name)
	}
	assert.Equal(t, []string{"run", "start", "end", "start"}, names)
	open()
	e, _ := nextEvent(t, second)
	assert.Equal(t, "end", e.name)
	e, _ = nextEvent(t, second)
	assert.Equal(t, "result", e.name)
}

// A client that connects after the end, such as a browser that lost its
// connection, gets the result.
func TestStreamOfAnEndedRun(t *testing.T) {
	t.Parallel()
	s := start(t, child(t, "pass"), nil)
	got := s.run("")
	answer, text := s.ask(http.MethodGet, "/runs/"+got.ID, "", "Accept", "text/event-stream")
	assert.Equal(t, "text/event-stream", answer.Header.Get("Content-Type"))
	e, ok := nextEvent(t, bufio.NewReader(strings.NewReader(text)))
	require.True(t, ok)
	assert.Equal(t, "result", e.name)
	assert.Equal(t, got, decode(t, e.data))
}
