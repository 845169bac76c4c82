package tokens

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/client"
)

// Pauses between the tries to revoke a token.
const (
	firstRevokePause   = 200 * time.Millisecond
	longestRevokePause = 5 * time.Second
	// announceAfter is when a person is told that revoking takes long.
	announceAfter = 5 * time.Second
)

// revoke deletes a token. If the answer is lost or something in front refuses,
// it repeats the request until ctx ends, because a leftover token is worse than
// a surplus request. After a lost answer, 404 means that the token was deleted.
func (t *Factory) revoke(ctx context.Context, username, key string) error {
	again, status := false, 0
	ctx = client.OnRetry(ctx, func(string) { again = true })
	wait := firstRevokePause
	for {
		err := t.api.RevokeToken(ctx, t.admin, username, key)
		switch {
		case again && (err == nil || gone(err)):
			if status != 0 {
				client.Flapped(ctx, http.MethodDelete, "/auth/api/v1/users/"+username+"/tokens", status, http.StatusNoContent)
			}
			return nil
		case !passing(err) || ctx.Err() != nil:
			return err
		}
		again, status = again || !errors.Is(err, client.ErrLimited), max(status, badGateway(err))
		select {
		case <-ctx.Done():
			return err
		case <-time.After(wait):
			wait = min(2*wait, longestRevokePause)
		}
	}
}

// Delete deletes a token as somebody's request, once. If its answer was lost and it was sent
// again, the token is gone: 404, or 401 if it was to delete itself.
func (t *Factory) Delete(ctx context.Context, by gafaelfawr.Token, username, key string) error {
	again := false
	err := t.api.RevokeToken(client.OnRetry(ctx, func(string) { again = true }), by, username, key)
	api, refused := errors.AsType[*gafaelfawr.APIError](err)
	itself := refused && api.Status == http.StatusUnauthorized && by.Key() == key
	if again && (gone(err) || itself) {
		return nil
	}
	return err
}

// passing reports whether a failure may be temporary: the answer was lost or
// late, or came from something in front.
func passing(err error) bool {
	return err != nil && (client.ConnectionLost(err) || errors.Is(err, client.ErrConnectionsLost) ||
		errors.Is(err, context.DeadlineExceeded) || os.IsTimeout(err) || refusedInFront(err))
}

func refusedInFront(err error) bool {
	if errors.Is(err, client.ErrLimited) {
		return true
	}
	api, ok := errors.AsType[*gafaelfawr.APIError](err)
	return ok && slices.Contains([]int{http.StatusTooManyRequests, http.StatusServiceUnavailable,
		http.StatusBadGateway, http.StatusGatewayTimeout}, api.Status)
}

func gone(err error) bool {
	api, ok := errors.AsType[*gafaelfawr.APIError](err)
	return ok && api.Status == http.StatusNotFound
}

// RevokeAll revokes every token of the run, the helper's last, also after an
// interruption. Afterwards no token can be made. It tries until -patience is
// over or the last token expires. It returns one sentence for each token that
// is left. A second call returns the same.
func (t *Factory) RevokeAll(ctx context.Context) []string {
	t.revoking.Lock()
	defer t.revoking.Unlock()
	if !t.closed { // only written with this lock held
		t.left = t.revokeOnce(ctx)
	}
	return t.left
}

func (t *Factory) revokeOnce(ctx context.Context) (problems []string) {
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), t.patience(), errImpatient)
	defer cancel()
	defer time.AfterFunc(announceAfter, t.Waiting).Stop()
	if len(t.old) > 0 {
		_ = t.Ready(ctx) // without a token with admin:token, each counts as left
	}
	if t.answersLost() && t.admin.IsZero() {
		_ = t.Open(ctx) // once more, to see whether any was made
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	if len(t.lost)+len(t.old) > 0 && t.admin.IsZero() {
		return t.unknown()
	}
	t.oldLeft = t.revokeLost(ctx, t.old)
	problems = append(t.revokeLost(ctx, t.lost), t.revokeMade(ctx)...)
	if found := t.found > 0 || len(t.oldLeft) > 0 || t.named; len(t.old) > 0 && found {
		// which says nothing of this run
		t.Fact("leftovers", strings.Join(append([]string{t.FoundText()}, t.oldLeft...), "; "))
	}
	if len(problems)+len(t.oldLeft) == 0 {
		t.old, t.lost = nil, nil
		if err := t.journal.forget(); err != nil {
			t.Fact("leftovers", "the notes of tokens cannot be removed: "+err.Error())
		}
	}
	return problems
}

// answersLost reports whether a request for a token got no answer.
func (t *Factory) answersLost() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.lost) > 0
}

// unknown returns sentences for tokens that cannot be looked up, because no
// token with admin:token could be made. The caller holds the lock.
func (t *Factory) unknown() (problems []string) {
	for _, want := range t.old {
		t.oldLeft = append(t.oldLeft, mayLive(want)+": no token with admin:token could be made to revoke it")
	}
	for _, want := range t.lost {
		problems = append(problems, mayLive(want)+": no token with admin:token could be made to revoke it")
	}
	return problems
}

func mayLive(want gafaelfawr.TokenRequest) string {
	return fmt.Sprintf("a token of %s may have been made, and %s", want.Username, lives(want.Expires))
}

var errImpatient = errors.New("the time for it was over")

// longestPatience bounds revoking, because some tokens live for days.
const longestPatience = 2 * time.Hour

// patience returns how long revoking may take: until the last expiry or for two
// hours, but not beyond the time at which go test ends the process.
func (t *Factory) patience() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.Patience > 0 {
		return t.Patience
	}
	longest := client.Timeout
	for _, id := range t.made {
		longest = max(longest, min(time.Until(id.Info.Expires.Time), longestPatience))
	}
	if end, bounded := t.Deadline(); bounded {
		longest = min(longest, max(time.Until(end), time.Second))
	}
	return longest
}

// revokeMade revokes the tokens whose making was answered, and remembers those
// that are left. The caller holds the lock.
func (t *Factory) revokeMade(ctx context.Context) (problems []string) {
	var left []*Identity
	for _, id := range slices.Backward(t.made) { // the helper was made first
		err := t.revoke(ctx, id.User, id.Token.Key())
		if err == nil || gone(err) {
			continue
		}
		left = append(left, id)
		problems = append(problems, fmt.Sprintf("the token %s of %s could not be revoked and %s: %v",
			id.Token.Key(), id.User, lives(id.Info.Expires), err))
	}
	slices.Reverse(left)
	t.made = left
	return problems
}

// revokeLost looks for tokens whose making was not answered. It finds them
// among their users' tokens by the name, which has the run's suffix, for checks
// edit ends. Tokens without a name it finds by the requested expiry, which is
// exact to the second.
func (t *Factory) revokeLost(ctx context.Context, lost []gafaelfawr.TokenRequest) (problems []string) {
	for _, want := range lost {
		tokens, err := t.list(ctx, want.Username)
		if api, ok := errors.AsType[*gafaelfawr.APIError](err); ok && api.Status == http.StatusUnprocessableEntity {
			continue // no user can have that name, as a check had verified
		}
		for _, info := range tokens {
			known := slices.ContainsFunc(t.made, func(id *Identity) bool { return id.Token.Key() == info.Key })
			other := info.Name != want.Name || want.Name == "" && !info.Expires.Equal(want.Expires.Time)
			if known || info.Type != want.Type || other {
				continue
			}
			revoked := t.revoke(ctx, want.Username, info.Key)
			if revoked == nil {
				t.found++
			}
			err = errors.Join(err, revoked)
		}
		if err != nil {
			problems = append(problems, mayLive(want)+": "+err.Error())
		}
	}
	return problems
}

// list is as patient as revoke.
func (t *Factory) list(ctx context.Context, username string) ([]gafaelfawr.TokenInfo, error) {
	for {
		tokens, err := t.api.Tokens(ctx, t.admin, username)
		if !passing(err) || ctx.Err() != nil {
			return tokens, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(longestRevokePause / 5):
		}
	}
}
