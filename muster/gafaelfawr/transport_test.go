package gafaelfawr

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// A body may have exactly as many bytes as its limit, however it is read.
func TestLimitedBody(t *testing.T) {
	t.Parallel()
	read := func(length, at int) (string, error) {
		body := &limitedBody{io.NopCloser(strings.NewReader(strings.Repeat("x", length))), 8, 8}
		var all []byte
		for {
			p := make([]byte, at)
			n, err := body.Read(p)
			all = append(all, p[:n]...)
			if err != nil {
				return string(all), err
			}
		}
	}
	for _, at := range []int{1, 4, 8, 100} {
		text, err := read(8, at)
		assert.Len(t, text, 8)
		assert.ErrorIs(t, err, io.EOF, at)
		text, err = read(9, at)
		assert.Len(t, text, 8)
		assert.ErrorContains(t, err, "more than 8 bytes", at)
	}
}
