package muster

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestChosenStatus(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	for _, status := range AnswerStatuses {
		got := s.get(AnswerPath("/muster/probes/anonymous", status))
		assert.Equal(t, status, got.status)
		assert.Equal(t, "application/json", got.header.Get("Content-Type"))
		for _, line := range append(AnswerHeaders(status), ReportHeaders...) {
			assert.Contains(t, got.header.Values(line.Name()), line.Value(), "%d", status)
		}
		if status == http.StatusOK {
			assert.Len(t, got.body, AnswerLength)
		}
	}
	for _, query := range []string{"answer=", "answer=302", "answer=0200x", "answer=200&a", "a=1&answer=201", "200"} {
		got := s.get("/muster/probes/anonymous?" + query)
		assert.Equal(t, http.StatusOK, got.status, query)
		assert.Empty(t, got.header.Values("Set-Cookie"), query)
	}
}
