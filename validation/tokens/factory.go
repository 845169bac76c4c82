// Package tokens makes the tokens of a run and revokes them, including those of
// a killed run.
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

	"github.com/fernet/fernet-go"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/kubernetes"
)

const (
	// lifetime is that of a token whose Spec names none. It is short because a killed
	// process cannot revoke its tokens.
	lifetime = 15 * time.Minute
	// uid of every user of the suite. It is always sent, because with Firestore
	// Gafaelfawr otherwise allocates one for good.
	uid = 90001
	// gid is another number, and the other group's is a third, so that none can be taken
	// for another.
	gid = 90021
)

// Options configure a Factory.
type Options struct {
	// Context is the run's context.
	Context     context.Context
	Environment *environment.Environment
	Client      *client.Client
	Kubernetes  func() (*kubernetes.Client, error)
	// Fact adds a fact to the report.
	Fact func(key, text string)
	// Ready opens the factory if that was not tried yet.
	Ready func(context.Context) error
	// Patience is how long to try to revoke tokens; 0: until they expire.
	Patience time.Duration
	// Deadline returns when the process will be ended without clean-up, if it
	// will.
	Deadline func() (time.Time, bool)
	// Waiting is called when revoking takes long.
	Waiting func()
}

// Factory makes tokens, remembers each, and revokes all of them at the end.
type Factory struct {
	Options
	api    *gafaelfawr.Client
	suffix string
	// bootstrap can make tokens; admin, the helper's, can also delete them. Open
	// sets both.
	bootstrap, admin gafaelfawr.Token
	// sessionKey encrypts sessions. OpenSessions sets it.
	sessionKey *fernet.Key

	// revoking is held while tokens are revoked.
	revoking sync.Mutex

	mu sync.Mutex
	// made are the tokens that have not been revoked.
	made []*Identity
	// owners are the users of all tokens that were made, also of those that are revoked.
	owners map[gafaelfawr.Token]string
	// closed is set when no more tokens may be made. left names the tokens that
	// could not be revoked, one sentence each.
	closed bool
	left   []string
	// lost are requests without an answer. Gafaelfawr may have made the token
	// nevertheless.
	lost []gafaelfawr.TokenRequest
	// named reports that the user named the journal.
	named bool
	// journal lists every token in case this process is killed. old lists the
	// tokens of a killed run; found counts the tokens of lost and old that
	// existed; oldLeft says why one of old may be left.
	journal *journal
	old     []gafaelfawr.TokenRequest
	found   int
	oldLeft []string
	shared  map[string]func() (*Identity, error)
}

// New returns a factory that Open opens.
func New(o Options) *Factory {
	return &Factory{
		Options: o,
		api: gafaelfawr.NewClient(o.Environment.URL+"/auth/api/v1", gafaelfawr.ClientOptions{
			Transport: o.Client.Transport(), Timeout: lifetime, BodyLimit: client.BodyLimit}),
		suffix: strings.ToLower(rand.Text()[:6]),
		shared: map[string]func() (*Identity, error){},
		owners: map[gafaelfawr.Token]string{},
	}
}

// Owner returns the user of a token that this factory made, or "".
func (t *Factory) Owner(token gafaelfawr.Token) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.owners[token]
}

// Suffix is part of the names of objects that belong to this run alone.
func (t *Factory) Suffix() string { return t.suffix }

// API returns a client of Gafaelfawr's API.
func (t *Factory) API() *gafaelfawr.Client { return t.api }

// Admin returns a token with admin:token, or the zero token until Open has made
// it.
func (t *Factory) Admin() gafaelfawr.Token { return t.admin }

// Bootstrap returns the bootstrap token as an identity.
func (t *Factory) Bootstrap() *Identity {
	return &Identity{Spec: Spec{Name: "bootstrap", User: gafaelfawr.BootstrapUser}, Token: t.bootstrap}
}

// Shared returns the identity for the spec, made once for each name.
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

// Create makes a token with the helper's token.
func (t *Factory) Create(ctx context.Context, spec Spec) (*Identity, error) {
	return t.create(ctx, t.admin, spec)
}

// Revoke deletes the identity's token.
func (t *Factory) Revoke(ctx context.Context, id *Identity) error {
	return t.revoke(ctx, id.User, id.Token.Key())
}

// Open reads the bootstrap token and makes the helper's token with it.
func (t *Factory) Open(ctx context.Context) error {
	text, where, err := t.read(ctx, "bootstrap token", t.Environment.Bootstrap)
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
	return t.worksAtOnce(ctx, helper.Token)
}

// FoundText says how many tokens of a killed run existed.
func (t *Factory) FoundText() string {
	return fmt.Sprintf("%d tokens of a run that was killed were found and revoked", t.found)
}
