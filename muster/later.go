package muster

import (
	"context"
	"slices"
	"strings"
	"time"
)

// LaterHeader says in an answer for how long Muster waited before it asked Gafaelfawr, because the client wanted that.
const LaterHeader = "X-Muster-Asked-After"

// laterQuery begins the query by which a client wants that.
const laterQuery = "asked-after="

// Waits are those that a client may choose.
var Waits = []time.Duration{time.Second, 3 * time.Second}

// Later returns the path at which Muster waits before it asks Gafaelfawr with a delegated token. A client can
// revoke the caller's token meanwhile, and see what becomes of the other.
func Later(path string, wait time.Duration) string { return path + "?" + laterQuery + wait.String() }

// pause waits as the query wants, and returns for how long.
func pause(ctx context.Context, query string) time.Duration {
	text, ok := strings.CutPrefix(query, laterQuery)
	i := slices.IndexFunc(Waits, func(w time.Duration) bool { return ok && w.String() == text })
	if i < 0 {
		return 0
	}
	select {
	case <-ctx.Done():
	case <-time.After(Waits[i]):
	}
	return Waits[i]
}
