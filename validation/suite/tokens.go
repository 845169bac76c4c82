package suite

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/client"
)

const (
	// lifetime of every token that the suite makes: for the day on which the
	// process is killed and cannot revoke them.
	lifetime = 15 * time.Minute
	// uid of every user that the suite makes. It is always sent: Gafaelfawr
	// allocates one for good where it is left out and Firestore is used.
	uid = 90001
)

// treasury makes tokens, remembers each, and revokes all at the end.
type treasury struct {
	run    *run
	api    *gafaelfawr.Client
	suffix string
	// bootstrap can make tokens, admin (the helper's) can also delete them.
	// Both are set by open.
	bootstrap, admin gafaelfawr.Token

	mu   sync.Mutex
	made []*Identity
	// lost are requests whose answer never came: Gafaelfawr may have made the
	// token all the same.
	lost []gafaelfawr.TokenRequest
	// notes has every token for the case that this process is killed, old has
	// those of one that was. found of lost and old were there, and oldLeft is why
	// one of old may be left.
	notes   *leftovers
	old     []gafaelfawr.TokenRequest
	found   int
	oldLeft []string
	shared  map[string]func() (*Identity, error)
}

func newTreasury(r *run) *treasury {
	return &treasury{
		run:    r,
		api:    gafaelfawr.NewClient(r.env.URL+"/auth/api/v1", gafaelfawr.ClientOptions{Transport: r.client.Transport(), Timeout: client.Timeout, BodyLimit: client.BodyLimit}),
		suffix: strings.ToLower(rand.Text()[:6]),
		shared: map[string]func() (*Identity, error){},
	}
}

// open reads the bootstrap token and makes the helper's token with it.
func (t *treasury) open(ctx context.Context) error {
	text, where, err := t.run.bootstrapText(ctx)
	if err != nil {
		return err
	}
	bootstrap, err := gafaelfawr.ParseToken(strings.TrimSpace(text))
	if err != nil {
		return fmt.Errorf("what %s holds is not a bootstrap token: %w", where, err)
	}
	gafaelfawr.Remember(bootstrap)
	spec := Spec{Name: "helper", User: t.run.env.Names.Helper, Scopes: []string{"admin:token"}}
	helper, err := t.create(ctx, bootstrap, spec)
	if err != nil {
		var api *gafaelfawr.APIError
		if errors.As(err, &api) && api.Status == http.StatusUnauthorized {
			return fmt.Errorf("the bootstrap token from %s is not accepted by Gafaelfawr: %w. It reads the token when it starts: was it restarted since the token changed?", where, err)
		}
		return fmt.Errorf("cannot make a token with the bootstrap token from %s: %w", where, described{err})
	}
	t.bootstrap, t.admin = bootstrap, helper.Token
	return nil
}

// create makes a token and remembers it. An interruption does not stop it
// half-way: a token that nobody knows cannot be revoked.
func (t *treasury) create(ctx context.Context, admin gafaelfawr.Token, spec Spec) (*Identity, error) {
	if err := ctx.Err(); err != nil {
		return nil, whyEnded(ctx)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), client.Timeout)
	defer cancel()
	if spec.User == "" {
		spec.User = t.run.env.Names.User
	}
	if spec.Lifetime == 0 {
		spec.Lifetime = lifetime
	}
	want := gafaelfawr.TokenRequest{
		Username: spec.User, Type: gafaelfawr.TypeService, Scopes: spec.Scopes,
		Expires: gafaelfawr.Time{Time: time.Now().Add(spec.Lifetime).Truncate(time.Second)},
	}
	if !strings.HasPrefix(spec.User, "bot-") {
		want.Type, want.Name = gafaelfawr.TypeUser, "muster "+t.suffix+" "+spec.Name
	}
	if !spec.Bare {
		want.FullName, want.Email, want.UID, want.GID = "Check Muster", spec.Email, uid, uid
		want.Groups = []gafaelfawr.Group{{Name: "g_muster", ID: uid}, {Name: "a_muster", ID: uid + 1}}
		if spec.FullName != "" {
			want.FullName, want.Groups = spec.FullName, spec.Groups
		}
	}
	token, err := t.ask(ctx, admin, want)
	if client.ConnectionLost(err) && t.run.client.Retries.Allow(ctx, "POST tokens", err) == nil {
		if want.Name != "" {
			want.Name += " again" // a user's tokens must not have the same name
		}
		token, err = t.ask(ctx, admin, want)
	}
	if err != nil {
		return nil, err
	}
	id := &Identity{Spec: spec, Token: token, Info: want}
	gafaelfawr.Remember(token)
	t.mu.Lock()
	t.made = append(t.made, id)
	t.mu.Unlock()
	return id, nil
}

// ask has a token made. Where the answer is lost, a token may have been made
// all the same, which is kept in mind.
func (t *treasury) ask(ctx context.Context, admin gafaelfawr.Token, want gafaelfawr.TokenRequest) (gafaelfawr.Token, error) {
	if err := t.notes.add(want); err != nil {
		t.run.results.fact("leftovers", "tokens cannot be noted, and would live for 15 minutes if this run were killed: "+err.Error())
	}
	token, err := t.api.CreateToken(ctx, admin, want)
	if _, refused := errors.AsType[*gafaelfawr.APIError](err); err != nil && !refused {
		t.mu.Lock()
		t.lost = append(t.lost, want)
		t.mu.Unlock()
	}
	return token, err
}

// revokeTries bounds how often one token is revoked: more often than other
// requests are sent, for a token that is left is worse than a request too many.
const revokeTries = 5

// revoke deletes a token. Where the answer is lost it asks again, and then 404
// says that it was deleted before.
func (t *treasury) revoke(ctx context.Context, username, key string) error {
	again := false
	ctx = client.OnRetry(ctx, func(string) { again = true })
	var err error
	for range revokeTries {
		err = t.api.RevokeToken(ctx, t.admin, username, key)
		if again && gone(err) {
			return nil
		}
		if !client.ConnectionLost(err) {
			break
		}
		again = true
	}
	return err
}

func gone(err error) bool {
	api, ok := errors.AsType[*gafaelfawr.APIError](err)
	return ok && api.Status == http.StatusNotFound
}

// revokeAll revokes every token of the run, the helper's last, also after an
// interruption. It returns one sentence for each that is left.
func (t *treasury) revokeAll(ctx context.Context) (problems []string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), client.Timeout)
	defer cancel()
	if len(t.old) > 0 {
		_ = t.run.preconditions.tokens.verify(ctx) // without a token with admin:token each is said to be left
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.oldLeft = t.revokeLost(ctx, t.old)
	problems = t.revokeLost(ctx, t.lost)
	for _, id := range slices.Backward(t.made) { // the helper was made first
		if err := t.revoke(ctx, id.User, id.Token.Key()); err != nil && !gone(err) {
			problems = append(problems, fmt.Sprintf("the token %s of %s could not be revoked and lives until %s: %v",
				id.Token.Key(), id.User, id.Info.Expires.Format(time.TimeOnly), err))
		}
	}
	if len(t.old) > 0 { // which says nothing of this run
		t.run.results.fact("leftovers", strings.Join(append([]string{t.foundText()}, t.oldLeft...), "; "))
	}
	if len(problems)+len(t.oldLeft) == 0 {
		if err := t.notes.forget(); err != nil {
			t.run.results.fact("leftovers", "the notes of tokens cannot be removed: "+err.Error())
		}
	}
	return problems
}

func (t *treasury) foundText() string {
	return fmt.Sprintf("%d tokens of a run that was killed were found and revoked", t.found)
}

// revokeLost finds the tokens whose making was not answered among those of
// their users: they expire to the second as they were asked to.
func (t *treasury) revokeLost(ctx context.Context, lost []gafaelfawr.TokenRequest) (problems []string) {
	for _, want := range lost {
		tokens, err := t.api.Tokens(ctx, t.admin, want.Username)
		if api, ok := errors.AsType[*gafaelfawr.APIError](err); ok && api.Status == http.StatusUnprocessableEntity {
			continue // no user can have that name, as a check had verified
		}
		for _, info := range tokens {
			known := slices.ContainsFunc(t.made, func(id *Identity) bool { return id.Token.Key() == info.Key })
			if known || info.Type != want.Type || !info.Expires.Equal(want.Expires.Time) || info.Name != want.Name {
				continue
			}
			revoked := t.revoke(ctx, want.Username, info.Key)
			if revoked == nil {
				t.found++
			}
			err = errors.Join(err, revoked)
		}
		if err != nil {
			problems = append(problems, fmt.Sprintf("a token of %s may have been made, and lives until %s: %v",
				want.Username, want.Expires.Format(time.TimeOnly), err))
		}
	}
	return problems
}
