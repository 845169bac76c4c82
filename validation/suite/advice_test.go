package suite

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// An advice is one thing. What else a check of an advice finds is a failure.
func TestOnlyWeakness(t *testing.T) {
	t.Parallel()
	found := func(reasons ...Reason) *Check {
		c := &Check{}
		for _, r := range reasons {
			c.failures = append(c.failures, failure{Finding: finding("", "", r)})
		}
		return c
	}
	weakness := Arrived("Cookie", "gafaelfawr=x")
	assert.True(t, found(weakness, verdict.Of(verdict.CodeTokenLeaked)).onlyWeakness())
	for _, other := range []Reason{verdict.Status(500, "text/html", 200), verdict.Of(verdict.CodeNoReport), verdict.Of(verdict.CodePanic),
		verdict.Header("", "Cookie", []string{"x"}), verdict.Of(verdict.CodeUnmet)} {
		assert.False(t, found(weakness, other).onlyWeakness(), other.String())
	}
	unable := found(weakness)
	unable.failures[0].Unable = true
	assert.False(t, unable.onlyWeakness())
}
