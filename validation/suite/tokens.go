package suite

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
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

	// revoking is held while tokens are revoked.
	revoking sync.Mutex

	mu sync.Mutex
	// made are the tokens that live.
	made []*Identity
	// closed is set once no more tokens are to be made, and left is what could not
	// be revoked then, a sentence each.
	closed bool
	left   []string
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
		api:    gafaelfawr.NewClient(r.env.URL+"/auth/api/v1", gafaelfawr.ClientOptions{Transport: r.client.Transport(), Timeout: lifetime, BodyLimit: client.BodyLimit}),
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
	ctx, cancel := context.WithTimeoutCause(ctx, hangsAfter, errHangs)
	defer cancel()
	helper, err := t.create(ctx, bootstrap, spec)
	if err != nil {
		if errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, client.ErrLimited) {
			return &hangError{hangsDatabase, "Gafaelfawr looks tokens up and makes none within " + hangsAfter.String() +
				": its database (PostgreSQL) does not answer it"}
		}
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
	takes := client.Timeout
	if end, bounded := ctx.Deadline(); bounded && spec.User == t.run.env.Names.Helper {
		takes = min(takes, time.Until(end)) // the first one, for which all checks wait
	}
	ctx, cancel := withBudget(context.WithoutCancel(ctx), takes, context.DeadlineExceeded)
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
	status := badGateway(err)
	if status != 0 || client.ConnectionLost(err) && t.run.client.Retries.Allow(ctx, "POST tokens", err) == nil {
		if want.Name != "" {
			want.Name += " again" // a user's tokens must not have the same name
		}
		token, err = t.ask(ctx, admin, want)
		if status != 0 && err == nil {
			flapped(ctx, http.MethodPost, "/auth/api/v1/tokens", status, http.StatusCreated)
		}
	}
	if err != nil {
		return nil, err
	}
	id := &Identity{Spec: spec, Token: token, Info: want}
	gafaelfawr.Remember(token)
	t.mu.Lock()
	late := t.closed
	if !late {
		t.made = append(t.made, id)
	}
	t.mu.Unlock()
	if late { // the others were revoked while this one was made
		return nil, errors.Join(whyEnded(t.run.ctx), t.revoke(ctx, id.User, id.Token.Key()))
	}
	return id, nil
}

// ask has a token made. Where the answer is lost, a token may have been made
// all the same, which is kept in mind.
func (t *treasury) ask(ctx context.Context, admin gafaelfawr.Token, want gafaelfawr.TokenRequest) (gafaelfawr.Token, error) {
	if err := t.notes.add(want); err != nil {
		t.run.results.fact("leftovers", "tokens cannot be noted, and would live for 15 minutes if this run were killed: "+err.Error())
	}
	token, err := t.api.CreateToken(ctx, admin, want)
	if _, refused := errors.AsType[*gafaelfawr.APIError](err); err != nil && (!refused || badGateway(err) != 0) {
		t.mu.Lock()
		t.lost = append(t.lost, want)
		t.mu.Unlock()
	}
	return token, err
}

func (t *treasury) foundText() string {
	return fmt.Sprintf("%d tokens of a run that was killed were found and revoked", t.found)
}

// badGateway is the status of an answer of the ingress in place of Gafaelfawr's,
// which may be an accident; 0 for any other.
func badGateway(err error) int {
	api, ok := errors.AsType[*gafaelfawr.APIError](err)
	if ok && (api.Status == http.StatusBadGateway || api.Status == http.StatusGatewayTimeout) &&
		!strings.Contains(api.ContentType, "json") {
		return api.Status
	}
	return 0
}
