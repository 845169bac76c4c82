package tokens

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/client"
)

// create makes a token and remembers it. An interruption does not stop it
// half-way, because an unknown token cannot be revoked.
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
	spec.User, spec.Lifetime = cmp.Or(spec.User, t.Environment.Names.User), cmp.Or(spec.Lifetime, lifetime)
	byAPI := maker(t.api.CreateToken)
	if spec.Owner != nil {
		admin, byAPI = spec.Owner.Token, t.api.CreateUserToken
	}
	token, want, err := t.requestTwice(ctx, byAPI, admin, t.describe(spec))
	if err != nil {
		return nil, err
	}
	id := &Identity{Spec: spec, Token: token, Info: want}
	if err := t.keep(ctx, id); err != nil {
		return nil, err
	}
	return id, nil
}

// describe returns the token that a spec asks for.
func (t *Factory) describe(spec Spec) gafaelfawr.TokenRequest {
	want := gafaelfawr.TokenRequest{
		Username: spec.User, Type: gafaelfawr.TypeService, Scopes: spec.Scopes,
		Expires: gafaelfawr.Time{Time: time.Now().Add(spec.Lifetime).Truncate(time.Second)},
	}
	if spec.Type == "" && !strings.HasPrefix(spec.User, "bot-") {
		want.Type, want.Name = gafaelfawr.TypeUser, "muster "+t.suffix+" "+spec.Name
	}
	if !spec.Bare {
		want.FullName, want.Email = "Check Muster", spec.Email
		want.UID, want.GID = cmp.Or(spec.UID, uid), cmp.Or(spec.GID, gid)
		want.Groups = []gafaelfawr.Group{{Name: "g_muster", ID: gid}, {Name: "a_muster", ID: gid + 1}}
		if spec.FullName != "" {
			want.FullName, want.Groups = spec.FullName, spec.Groups
		}
	}
	return want
}

// requestTwice requests a token, and once more if the answer was lost on the way. It
// also returns the request that was answered.
func (t *Factory) requestTwice(
	ctx context.Context, byAPI maker, admin gafaelfawr.Token, want gafaelfawr.TokenRequest,
) (gafaelfawr.Token, gafaelfawr.TokenRequest, error) {
	token, err := t.request(ctx, byAPI, admin, want)
	status := badGateway(err)
	if status == 0 && (!client.ConnectionLost(err) || t.Client.Retries.Allow(ctx, "POST tokens", err) != nil) {
		return token, want, err
	}
	if want.Name != "" {
		want.Name += " again" // a user's tokens must not have the same name
	}
	token, err = t.request(ctx, byAPI, admin, want)
	if status != 0 && err == nil {
		client.Flapped(ctx, http.MethodPost, "/auth/api/v1/tokens", status, http.StatusCreated)
	}
	return token, want, err
}

// keep remembers a token, so that RevokeAll revokes it. One that was made while the
// others were revoked is revoked now, and an error says so.
func (t *Factory) keep(ctx context.Context, id *Identity) error {
	gafaelfawr.Remember(id.Token)
	t.mu.Lock()
	t.owners[id.Token] = id.User
	late := t.closed
	if !late {
		t.made = append(t.made, id)
	}
	t.mu.Unlock()
	if late {
		return errors.Join(client.WhyEnded(t.Context), t.revoke(ctx, id.User, id.Token.Key()))
	}
	return nil
}

// maker makes a token by Gafaelfawr's API.
type maker func(ctx context.Context, by gafaelfawr.Token, want gafaelfawr.TokenRequest) (gafaelfawr.Token, error)

// request requests a token. If the answer is lost, it remembers that a token may
// exist.
func (t *Factory) request(
	ctx context.Context, byAPI maker, admin gafaelfawr.Token, want gafaelfawr.TokenRequest,
) (gafaelfawr.Token, error) {
	if err := t.journal.add(want); err != nil {
		t.Fact("leftovers", "tokens cannot be noted, and would live for 15 minutes if this run were killed: "+err.Error())
	}
	token, err := byAPI(ctx, admin, want)
	if _, refused := errors.AsType[*gafaelfawr.APIError](err); err != nil && (!refused || badGateway(err) != 0) {
		t.mu.Lock()
		t.lost = append(t.lost, want)
		t.mu.Unlock()
	}
	return token, err
}

// badGateway returns the status if the ingress answered instead of Gafaelfawr,
// which may be an accident, and else 0.
func badGateway(err error) int {
	api, ok := errors.AsType[*gafaelfawr.APIError](err)
	if ok && (api.Status == http.StatusBadGateway || api.Status == http.StatusGatewayTimeout) &&
		!strings.Contains(api.ContentType, "json") {
		return api.Status
	}
	return 0
}
