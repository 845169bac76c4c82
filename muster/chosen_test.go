package muster

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/lsst-sqre/muster/muster/chosen"
)

func TestChosenStatus(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	for _, status := range chosen.Statuses {
		got := s.get(chosen.Path("/muster/probes/anonymous", status))
		assert.Equal(t, status, got.status)
		assert.Equal(t, "application/json", got.header.Get("Content-Type"))
		for _, line := range append(chosen.Headers(status), ReportHeaders...) {
			assert.Contains(t, got.header.Values(line.Name()), line.Value(), "%d", status)
		}
		assert.Equal(t, string(chosen.Body(status)), got.body)
	}
	for _, query := range []string{"answer=", "answer=302", "answer=0200x", "answer=200&a", "a=1&answer=201", "200"} {
		got := s.get("/muster/probes/anonymous?" + query)
		assert.Equal(t, http.StatusOK, got.status, query)
		assert.Empty(t, got.header.Values("Set-Cookie"), query)
	}
}
