package suite

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/muster"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/environment"
)

// Token returns the identity for the spec. It is made once a round for each
// name.
func (c *Check) Token(spec Spec) *Identity {
	c.requireToken(spec)
	spec.Name += c.round
	id, err := c.run.Tokens.Shared(spec)
	c.NoError(err, fmt.Sprintf("a token for %s with the scopes %v", spec.User, spec.Scopes))
	return id
}

// requireToken blocks the check if no token can be made, or none with the
// environment's scope.
func (c *Check) requireToken(spec Spec) {
	c.require(c.run.preconditions.Tokens)
	if slices.Contains(spec.Scopes, c.run.Env.Scope) {
		c.require(c.run.preconditions.Scope)
	}
}

// CreateToken is Token for checks that expect Gafaelfawr to refuse.
func (c *Check) CreateToken(spec Spec) (*Identity, error) {
	c.requireToken(spec)
	return c.run.Tokens.Create(c.ctx, spec)
}

// Bootstrap returns the bootstrap token as an identity.
func (c *Check) Bootstrap() *Identity {
	c.require(c.run.preconditions.Tokens)
	return c.run.Tokens.Bootstrap()
}

// OwnToken returns an identity for this check alone, because the check changes
// it.
func (c *Check) OwnToken(spec Spec) *Identity {
	spec.Name += "-" + strings.ToLower(c.t.Name())
	return c.Token(spec)
}

// Scoped returns an identity that may pass the probes. It has metadata but no
// email.
func (c *Check) Scoped() *Identity {
	return c.Token(Spec{Name: "scoped", Scopes: []string{c.run.Env.Scope}})
}

// Unscoped returns a valid identity without any scope.
func (c *Check) Unscoped() *Identity { return c.Token(Spec{Name: "unscoped"}) }

// ScopedFor is Scoped with a life that is long enough for the targets.
func (c *Check) ScopedFor(targets ...Target) *Identity {
	life := LifetimeFor(targets...)
	if life == 0 {
		return c.Scoped()
	}
	return c.Token(Spec{Name: "scoped-" + life.String(), Scopes: []string{c.run.Env.Scope}, Lifetime: life})
}

// UnscopedFor is Unscoped with a life that is long enough for the target.
func (c *Check) UnscopedFor(to Target) *Identity {
	life := LifetimeFor(to)
	if life == 0 {
		return c.Unscoped()
	}
	return c.Token(Spec{Name: "unscoped-" + life.String(), Lifetime: life})
}

// FreshUser returns a user name that no other run and no other round of -count
// or -cpu uses. Checks need it for what Gafaelfawr counts or keeps for each
// user.
func (c *Check) FreshUser(purpose string) string {
	return c.run.Env.Names.User + "-" + purpose + "-" + c.run.Tokens.Suffix() + c.round
}

// Revoke deletes the identity's token now.
func (c *Check) Revoke(id *Identity) {
	err := c.run.Tokens.Revoke(c.ctx, id)
	c.NoError(err, "Gafaelfawr to revoke a token with admin:token")
}

// Delete deletes a token of a user as the owner of by does; tokens.Factory.Delete explains it.
func (c *Check) Delete(by gafaelfawr.Token, username, key string) error {
	return c.run.Tokens.Delete(c.ctx, by, username, key)
}

// TakeEnd makes the identity's token one that never expires.
func (c *Check) TakeEnd(id *Identity) {
	err := c.run.Tokens.TakeEnd(c.ctx, id)
	c.NoError(err, "Gafaelfawr to take the end off a token")
}

// RevokeAfter deletes the identity's token when the check ends, not only when
// the run ends.
func (c *Check) RevokeAfter(id *Identity) {
	c.Cleanup(func(ctx context.Context) error { return c.run.Tokens.Revoke(ctx, id) })
}

// API returns a client of Gafaelfawr's API.
func (c *Check) API() *gafaelfawr.Client {
	c.require(c.run.preconditions.Front)
	return c.run.Tokens.API()
}

// Admin returns a token with admin:token.
func (c *Check) Admin() gafaelfawr.Token {
	c.require(c.run.preconditions.Tokens)
	return c.run.Tokens.Admin()
}

// ErrNoToken says that a Secret has something else in the place of a token.
var ErrNoToken = errors.New("holds no token")

// TokenIn returns what Gafaelfawr knows about the token in a Secret.
func (c *Check) TokenIn(s Secret, key string) (gafaelfawr.TokenInfo, error) {
	raw, ok := s.Data[key]
	if !ok {
		return gafaelfawr.TokenInfo{}, errors.New("the Secret has no key " + key)
	}
	token, err := gafaelfawr.ParseToken(string(raw))
	if err != nil {
		return gafaelfawr.TokenInfo{}, fmt.Errorf("the Secret's key %s %w: %w", key, ErrNoToken, err)
	}
	info, err := c.API().TokenInfo(c.ctx, token)
	if err != nil {
		return info, client.DescribedError{Err: err}
	}
	return info, nil
}

// IdentityFor returns an identity that the probe admits. It is new for each
// check if the probe counts requests. There is none for services.
func (c *Check) IdentityFor(probe string) *Identity {
	scopes := []string{c.run.Env.Scope}
	switch probe {
	case "username":
		return c.Token(Spec{Name: "right", User: muster.BotUser, Scopes: scopes})
	case "lifetime":
		return c.Token(Spec{Name: "long", Scopes: scopes, Lifetime: (muster.LongLifetime + 600) * time.Second})
	case "user-domain":
		return c.Token(Spec{Name: "domain", User: c.DomainUser(), Scopes: scopes})
	case "all-scopes", "any-scope":
		return c.Token(Spec{Name: "all-scopes", Scopes: muster.SeveralScopes})
	case "quota":
		return c.OwnToken(
			Spec{Name: "counted", User: c.FreshUser(strings.ToLower(strings.TrimPrefix(c.t.Name(), "Test"))), Scopes: scopes},
		)
	}
	return c.Scoped()
}

// DomainUser is the user whose name is the first label of the deployment's host, ""
// where that is no user's name.
func (c *Check) DomainUser() string {
	first, _, below := strings.Cut(c.run.Env.Host(), ".")
	if !below || !gafaelfawr.ValidUsername(first) {
		return ""
	}
	return first
}

// Session returns a new session with the identity's token. The check is skipped if the
// environment does not say where the session secret is.
func (c *Check) Session(id *Identity) *Session { return c.SessionWith(id, rand.Text()) }

// SessionWith is Session with that CSRF token, none where it is empty.
func (c *Check) SessionWith(id *Identity, csrf string) *Session {
	c.skipWithoutSessions()
	c.require(c.run.preconditions.Sessions)
	s, err := c.run.Tokens.Session(id, csrf)
	c.NoError(err, "a session")
	return s
}

// OpenSession decrypts a session cookie that Gafaelfawr set. ok is false if the
// environment does not say where the session secret is.
func (c *Check) OpenSession(cookie string) (state SessionState, ok bool) {
	if !c.knowsSessionSecret() {
		return state, false
	}
	c.require(c.run.preconditions.Sessions)
	state, err := c.run.Tokens.OpenSession(cookie)
	c.NoError(err, "a session cookie that the session secret encrypts")
	return state, true
}

func (c *Check) knowsSessionSecret() bool { return c.run.Env.SessionSecret != (environment.Place{}) }

func (c *Check) skipWithoutSessions() {
	if !c.knowsSessionSecret() {
		c.Skip("the environment does not say where the key of session cookies is (sessionSecret)")
	}
}

// BootstrapAccepted reports whether Gafaelfawr accepts the bootstrap token in a
// Secret. known is false if this run takes its bootstrap token from elsewhere
// or has no answer from Gafaelfawr.
func (c *Check) BootstrapAccepted(s Secret) (accepted, known bool) {
	from := c.run.Env.Bootstrap.Secret
	if from == nil || from.Namespace != s.Namespace() || from.Name != s.Meta.Name {
		return false, false
	}
	err := c.run.preconditions.Tokens.Verify(c.run.ctx)
	var api *gafaelfawr.APIError
	refused := errors.As(err, &api) && api.Status == http.StatusUnauthorized
	return err == nil, err == nil || refused
}
