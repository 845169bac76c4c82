package tokens

import (
	"context"
	"time"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// TakeEnd makes the identity's token one that never expires. The journal has that
// before, because it forgets other tokens a day after their end.
func (t *Factory) TakeEnd(ctx context.Context, id *Identity) error {
	t.mu.Lock()
	id.Info.Expires = gafaelfawr.Time{}
	want := id.Info
	t.mu.Unlock()
	if err := t.journal.add(want); err != nil {
		return err // nobody would know of it if this run were killed
	}
	return t.api.EditExpiry(ctx, t.admin, id.User, id.Token.Key(), want.Expires)
}

// lives says how long a token lives that is not revoked.
func lives(until gafaelfawr.Time) string {
	if until.IsZero() {
		return "never expires"
	}
	return "lives until " + until.Format(time.TimeOnly)
}
