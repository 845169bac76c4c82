package tokens

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/client"
)

const (
	// latest is how long a new token is tried. One that is refused longer is not late.
	latest = 4 * time.Second
	// inARow is how often a token that was refused must be accepted in a row. One of
	// several replicas that does not know it would refuse it again.
	inARow = 8
)

// worksAtOnce returns an error if a new token is refused at first and accepted from then
// on, or is never accepted: Gafaelfawr answers once the token is stored, so that all later
// failures would only be consequences.
func (t *Factory) worksAtOnce(ctx context.Context, token gafaelfawr.Token) error {
	made := time.Now()
	if !t.refuses(ctx, token) {
		return nil
	}
	for time.Since(made) < latest && t.refuses(ctx, token) {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(latest / 100):
		}
	}
	took := time.Since(made).Round(time.Millisecond)
	refused := 0
	for range inARow {
		if t.refuses(ctx, token) {
			refused++
		}
	}
	switch {
	case refused == 0:
		return &client.LateError{Took: took}
	case refused == inARow && t.refusesUserInfo(ctx, token):
		return &client.ForgottenError{Tried: took}
	}
	return nil // the checks tell what it is
}

// refusesUserInfo reports whether another route of the API does not know a token either.
func (t *Factory) refusesUserInfo(ctx context.Context, token gafaelfawr.Token) bool {
	_, err := t.api.UserInfo(ctx, token)
	api, refused := errors.AsType[*gafaelfawr.APIError](err)
	return refused && api.Status == http.StatusUnauthorized
}

// refuses reports whether Gafaelfawr says that it does not know a token.
func (t *Factory) refuses(ctx context.Context, token gafaelfawr.Token) bool {
	_, err := t.api.TokenInfo(ctx, token)
	api, refused := errors.AsType[*gafaelfawr.APIError](err)
	return refused && api.Status == http.StatusUnauthorized
}
