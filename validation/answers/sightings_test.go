package answers

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestLastAddress(t *testing.T) {
	assert.Equal(t, "192.0.2.7", LastAddress([]string{"203.0.113.9, 192.0.2.7"}))
	assert.Equal(t, "2001:db8::1", LastAddress([]string{"2001:db8::1"}))
	assert.Empty(t, LastAddress([]string{"unknown"}))
	assert.Empty(t, LastAddress([]string{"192.0.2.7", "192.0.2.8"}))
	assert.Empty(t, LastAddress(nil))
}
