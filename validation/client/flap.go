package client

import (
	"context"
)

// onFlap is the key of a context's function for requests of the token API that
// are answered differently when they are asked again.
type onFlap struct{}

// OnFlap is a context whose requests of the token API call f where they are
// answered differently when they are asked again.
func OnFlap(ctx context.Context, f func(method, path string, first, then int)) context.Context {
	return context.WithValue(ctx, onFlap{}, f)
}

// Flapped tells the check whose context it is.
func Flapped(ctx context.Context, method, path string, first, then int) {
	if tell, ok := ctx.Value(onFlap{}).(func(method, path string, first, then int)); ok {
		tell(method, path, first, then)
	}
}
