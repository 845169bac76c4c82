package client

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// DescribedError is an error with the text of Describe.
type DescribedError struct{ Err error }

// Error implements error.
func (d DescribedError) Error() string { return Describe(d.Err) }

// Unwrap returns the error.
func (d DescribedError) Unwrap() error { return d.Err }

// Describe says whether an answer came from Gafaelfawr or from the ingress.
func Describe(err error) string {
	var api *gafaelfawr.APIError
	if errors.As(err, &api) && strings.HasPrefix(api.ContentType, "text/html") {
		return err.Error() + ", a page of the ingress and not Gafaelfawr's answer"
	}
	return err.Error()
}

// WhyEnded names the signal or the deadline that ended a context.
func WhyEnded(ctx context.Context) error {
	return fmt.Errorf("the run was ended early: %w", context.Cause(ctx))
}
