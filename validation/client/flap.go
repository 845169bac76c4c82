package client

import (
	"context"
)

// onFlap is the context key of a function for requests of the token API whose
// second answer differed from the first.
type onFlap struct{}

// OnFlap returns a context whose requests of the token API call f if their
// second answer differs from the first.
func OnFlap(ctx context.Context, f func(method, path string, first, then int)) context.Context {
	return context.WithValue(ctx, onFlap{}, f)
}

// Flapped calls the function of the context.
func Flapped(ctx context.Context, method, path string, first, then int) {
	if tell, ok := ctx.Value(onFlap{}).(func(method, path string, first, then int)); ok {
		tell(method, path, first, then)
	}
}
