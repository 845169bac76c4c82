package muster

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// Muster waits only as long as it lets clients choose.
func TestLater(t *testing.T) {
	t.Parallel()
	s := start(t, Config{})
	begin := time.Now()
	got := s.get(Later("/muster/probes/delegated", Waits[0]))
	assert.Equal(t, http.StatusOK, got.status)
	assert.Equal(t, "1s", got.header.Get(LaterHeader))
	assert.GreaterOrEqual(t, time.Since(begin), Waits[0])
	for _, query := range []string{"asked-after=1h0m0s", "asked-after=", "asked-after=1s&a", "a=1&asked-after=1s", "1s"} {
		assert.Empty(t, s.get("/muster/probes/delegated?"+query).header.Get(LaterHeader), query)
	}
}
