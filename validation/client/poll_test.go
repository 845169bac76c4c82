package client

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestPoll(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	tries := 0
	err := Poll(ctx, time.Microsecond, func(context.Context) error {
		if tries++; tries == 3 {
			cancel(errors.New("over"))
		}
		return fmt.Errorf("try %d", tries)
	})
	assert.ErrorContains(t, err, "try 2") // the third was cut short
	assert.ErrorContains(t, err, "over")
	assert.NoError(t, Poll(t.Context(), time.Hour, func(context.Context) error { return nil }))
}
