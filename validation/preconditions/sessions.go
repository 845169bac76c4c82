package preconditions

import (
	"context"
	"fmt"
	"net/http"

	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/tokens"
)

const (
	// sessionPath is the route of Gafaelfawr's API that reads sessions alone.
	sessionPath = "/auth/api/v1/login"
	// sessionAttempts are enough to meet each of a few processes.
	sessionAttempts = 5
)

// trySessions asks Gafaelfawr about a session, several times because its processes may
// have different session secrets. One that is accepted is enough.
func (a *Access) trySessions(ctx context.Context) error {
	if err := a.Tokens.OpenSessions(ctx); err != nil {
		return err
	}
	id, err := a.Tokens.Shared(tokens.Spec{Name: "session", User: a.Env.Names.User})
	if err != nil {
		return fmt.Errorf("a token for a session: %w", err)
	}
	session, err := a.Tokens.Session(id, "muster")
	if err != nil {
		return err
	}
	var last client.Response
	for range sessionAttempts {
		last = a.Client.Do(ctx, client.Request{Target: environment.Target{Path: sessionPath},
			Credential: session.Cookie(), Fresh: true})
		if last.Code == http.StatusOK {
			return nil
		}
	}
	if last.Err != nil {
		return fmt.Errorf("GET %s: %w", sessionPath, last.Err)
	}
	return &client.StatusError{URL: last.URL, Status: last.Code, ContentType: last.Header.Get("Content-Type")}
}
