package suite

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/client"
)

// RightScope fails the check where the environment's scope cannot be the one
// that Muster's probes ask for.
func (c *Check) RightScope() {
	c.require(c.run.preconditions.tokens)
	if c.run.env.Muster.Deployed != NoMuster {
		c.require(c.run.preconditions.muster)
	}
	err := c.run.preconditions.scope.verify(c.run.ctx)
	c.Must(err == nil, nil, "the scope "+c.run.env.Scope+" to be the right one", fmt.Sprint(err))
}

// NeedScope blocks the check where the environment's scope is wrong.
func (c *Check) NeedScope() { c.require(c.run.preconditions.scope) }

// tryScope asks a probe which scope it wants, and Gafaelfawr whether it knows
// the one that the environment names. A wrong one is said once, and not by each
// check that makes a token with it.
func (r *run) tryScope(ctx context.Context) error {
	switch wanted := r.scopeOfProbe(ctx); {
	case slices.Contains(wanted, r.env.Scope):
		return nil
	case len(wanted) > 0:
		return fmt.Errorf("%s: the probe asks for the scope %s, and the environment %q says %s: write scope: %[2]s",
			r.env.Muster.Path, wanted[0], r.env.Name, r.env.Scope)
	}
	_, err := r.tokens.create(ctx, r.tokens.admin, Spec{Name: "scope", Scopes: []string{r.env.Scope}})
	var api *gafaelfawr.APIError
	if errors.As(err, &api) && api.Status == http.StatusUnprocessableEntity {
		known := ""
		if list := r.env.Gafaelfawr.KnownScopes; len(list) > 0 {
			known = " (it knows " + strings.Join(list, ", ") + ")"
		}
		return fmt.Errorf("the scope %s, which the environment %q says, is not known to Gafaelfawr%s",
			r.env.Scope, r.env.Name, known)
	}
	return nil // other checks tell what else there is
}

// scopeOfProbe are the scopes that the refusal of a token without any names.
// There are none where the answer is no such refusal.
func (r *run) scopeOfProbe(ctx context.Context) []string {
	path := "/probes/authenticated"
	switch r.env.Muster.Deployed {
	case NoMuster:
		return nil
	case PythonMuster:
		path = pythonPaths["authenticated"]
	}
	id, err := r.tokens.create(ctx, r.tokens.admin, Spec{Name: "no-scope"})
	if err != nil {
		return nil
	}
	answer := r.client.Do(ctx, client.Request{Target: Target{Path: r.env.Muster.Path + path}, Credential: Bearer(id)})
	challenges, err := gafaelfawr.ParseChallenges(answer.Header.Values("WWW-Authenticate")...)
	if answer.Code != http.StatusForbidden || err != nil || len(challenges) != 1 {
		return nil
	}
	return challenges[0].Scopes()
}
