package answers

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestForwardedFor(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{"192.0.2.1", "2001:db8::1"}, ForwardedFor([]string{"192.0.2.1, 2001:db8::1"}))
	for _, lines := range [][]string{nil, {"192.0.2.1", "192.0.2.2"}, {"192.0.2.1, evil"}, {""}} {
		assert.Nil(t, ForwardedFor(lines), "%q", lines)
	}
}
