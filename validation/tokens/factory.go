// Package tokens makes the tokens of a run and revokes them, also those of a run
// that was killed.
package tokens

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
	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/kubernetes"
)

const (
	// lifetime of every token that the suite makes: for the day on which the
	// process is killed and cannot revoke them.
	lifetime = 15 * time.Minute
	// uid of every user that the suite makes. It is always sent: Gafaelfawr
	// allocates one for good where it is left out and Firestore is used.
	uid = 90001
)

// Options are what a Factory makes and revokes tokens with.
type Options struct {
	// Context is that of the run.
	Context     context.Context
	Environment *environment.Environment
	Client      *client.Client
	Kubernetes  func() (*kubernetes.Client, error)
	// Fact keeps what the report is to say.
	Fact func(key, text string)
	// Ready opens the factory where that was not tried yet.
	Ready func(context.Context) error
	// Patience is how long to try to revoke tokens; 0: until they expire.
	Patience time.Duration
	// Deadline is when the process is ended without clean-up, if it is.
	Deadline func() (time.Time, bool)
	// Waiting is called where revoking takes a while.
	Waiting func()
}

// Factory makes tokens, remembers each, and revokes all at the end.
type Factory struct {
	Options
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
	// named reports that the journal was asked for by name.
	named bool
	// journal has every token for the case that this process is killed, old has
	// those of one that was. found of lost and old were there, and oldLeft is why
	// one of old may be left.
	journal *journal
	old     []gafaelfawr.TokenRequest
	found   int
	oldLeft []string
	shared  map[string]func() (*Identity, error)
}

// New makes a factory, which Open opens.
func New(o Options) *Factory {
	return &Factory{
		Options: o,
		api: gafaelfawr.NewClient(o.Environment.URL+"/auth/api/v1", gafaelfawr.ClientOptions{
			Transport: o.Client.Transport(), Timeout: lifetime, BodyLimit: client.BodyLimit}),
		suffix: strings.ToLower(rand.Text()[:6]),
		shared: map[string]func() (*Identity, error){},
	}
}

// Suffix is in the names of what belongs to this run alone.
func (t *Factory) Suffix() string { return t.suffix }

// API is Gafaelfawr's.
func (t *Factory) API() *gafaelfawr.Client { return t.api }

// Admin is a token with admin:token; the zero token until Open has made it.
func (t *Factory) Admin() gafaelfawr.Token { return t.admin }

// Bootstrap is the bootstrap token as if it were an identity.
func (t *Factory) Bootstrap() *Identity {
	return &Identity{Spec: Spec{Name: "bootstrap", User: gafaelfawr.BootstrapUser}, Token: t.bootstrap}
}

// Shared is the identity of that spec, made once for each name.
func (t *Factory) Shared(spec Spec) (*Identity, error) {
	t.mu.Lock()
	once, ok := t.shared[spec.Name]
	if !ok {
		once = sync.OnceValues(func() (*Identity, error) { return t.Create(t.Context, spec) })
		t.shared[spec.Name] = once
	}
	t.mu.Unlock()
	return once()
}

// Create makes a token with the helper's.
func (t *Factory) Create(ctx context.Context, spec Spec) (*Identity, error) {
	return t.create(ctx, t.admin, spec)
}

// Revoke deletes the identity's token.
func (t *Factory) Revoke(ctx context.Context, id *Identity) error {
	return t.revoke(ctx, id.User, id.Token.Key())
}

// Open reads the bootstrap token and makes the helper's token with it.
func (t *Factory) Open(ctx context.Context) error {
	text, where, err := t.bootstrapText(ctx)
	if err != nil {
		return err
	}
	bootstrap, err := gafaelfawr.ParseToken(strings.TrimSpace(text))
	if err != nil {
		return fmt.Errorf("what %s holds is not a bootstrap token: %w", where, err)
	}
	gafaelfawr.Remember(bootstrap)
	spec := Spec{Name: "helper", User: t.Environment.Names.Helper, Scopes: []string{"admin:token"}}
	ctx, cancel := context.WithTimeoutCause(ctx, client.HangsAfter, client.ErrHangs)
	defer cancel()
	helper, err := t.create(ctx, bootstrap, spec)
	if err != nil {
		if errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, client.ErrLimited) {
			return &client.HangError{Who: client.HangsDatabase,
				Text: "Gafaelfawr looks tokens up and makes none within " + client.HangsAfter.String() +
					": its database (PostgreSQL) does not answer it"}
		}
		var api *gafaelfawr.APIError
		if errors.As(err, &api) && api.Status == http.StatusUnauthorized {
			return fmt.Errorf("the bootstrap token from %s is not accepted by Gafaelfawr: %w. "+
				"It reads the token when it starts: was it restarted since the token changed?", where, err)
		}
		return fmt.Errorf("cannot make a token with the bootstrap token from %s: %w", where, client.DescribedError{Err: err})
	}
	t.bootstrap, t.admin = bootstrap, helper.Token
	return nil
}

// create makes a token and remembers it. An interruption does not stop it
// half-way: a token that nobody knows cannot be revoked.
func (t *Factory) create(ctx context.Context, admin gafaelfawr.Token, spec Spec) (*Identity, error) {
	if err := ctx.Err(); err != nil {
		return nil, client.WhyEnded(ctx)
	}
	takes := client.Timeout
	if end, bounded := ctx.Deadline(); bounded && spec.User == t.Environment.Names.Helper {
		takes = min(takes, time.Until(end)) // the first one, for which all checks wait
	}
	ctx, cancel := client.WithBudget(context.WithoutCancel(ctx), takes, context.DeadlineExceeded)
	defer cancel()
	if spec.User == "" {
		spec.User = t.Environment.Names.User
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
	if status != 0 || client.ConnectionLost(err) && t.Client.Retries.Allow(ctx, "POST tokens", err) == nil {
		if want.Name != "" {
			want.Name += " again" // a user's tokens must not have the same name
		}
		token, err = t.ask(ctx, admin, want)
		if status != 0 && err == nil {
			client.Flapped(ctx, http.MethodPost, "/auth/api/v1/tokens", status, http.StatusCreated)
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
		return nil, errors.Join(client.WhyEnded(t.Context), t.revoke(ctx, id.User, id.Token.Key()))
	}
	return id, nil
}

// ask has a token made. Where the answer is lost, a token may have been made
// all the same, which is kept in mind.
func (t *Factory) ask(
	ctx context.Context, admin gafaelfawr.Token, want gafaelfawr.TokenRequest,
) (gafaelfawr.Token, error) {
	if err := t.journal.add(want); err != nil {
		t.Fact("leftovers", "tokens cannot be noted, and would live for 15 minutes if this run were killed: "+err.Error())
	}
	token, err := t.api.CreateToken(ctx, admin, want)
	if _, refused := errors.AsType[*gafaelfawr.APIError](err); err != nil && (!refused || badGateway(err) != 0) {
		t.mu.Lock()
		t.lost = append(t.lost, want)
		t.mu.Unlock()
	}
	return token, err
}

// FoundText says how many tokens of a run that was killed were there.
func (t *Factory) FoundText() string {
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
