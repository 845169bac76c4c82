package suite

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/lsst-sqre/muster/validation/environment"
)

// A misspelt check under known is refused, because it would silently excuse
// nothing.
func TestRefuseKnown(t *testing.T) {
	t.Parallel()
	refused := func(check string) error {
		known := []environment.KnownFailure{{Check: "TestSweep"}, {Check: check}}
		return refuseKnown(known, []string{"TestSweep", "TestApplicationSync"})
	}
	assert.NoError(t, refused("TestApplicationSync"))
	assert.EqualError(t, refused("TestAplicationSync"), `unknown check "TestAplicationSync" under known `+
		`(did you mean "TestApplicationSync"?); go test ./validation -list . shows the checks`)
	assert.ErrorContains(t, refused("TestNothingLikeIt"), `unknown check "TestNothingLikeIt" under known; go test`)
}
