package muster

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// The checks that need an answer of Gafaelfawr.
var (
	userInfoChecks  = []string{checkUserInfoUser, checkUserInfoEmail}
	tokenInfoChecks = []string{
		checkTokenUser, checkTokenType, checkTokenService, checkTokenParent, checkTokenScopes, checkTokenLifetime}
)

// delegation asks Gafaelfawr with the delegated token and compares the answers
// with the headers and with the configuration of the ingress.
func (l *checklist) delegation(ctx context.Context, in *inbound, gafaelfawrAPI *upstream, report *Report) {
	token, err := gafaelfawr.ParseToken(first(in.token))
	if err != nil {
		names := slices.Concat([]string{checkUserInfo, checkTokenInfo}, userInfoChecks, tokenInfoChecks)
		l.skip("Not asked: there is no delegated token to ask with", names...)
		return
	}
	got := gafaelfawrAPI.fetch(ctx, token)
	if got.userErr != nil {
		l.add(checkUserInfo, "Gafaelfawr did not say who the user is: "+got.userErr.Error(), "")
		l.skip("Not checked: user-info gave no answer", userInfoChecks...)
	} else {
		report.UserInfo = &got.user
		l.add(checkUserInfo, "",
			fmt.Sprintf("Gafaelfawr said who the user is: %s, in %d groups", got.user.Username, len(got.user.Groups)))
		l.userInfo(in, got.user)
	}
	if got.tokenErr != nil {
		l.add(checkTokenInfo, "Gafaelfawr did not say what the token is: "+got.tokenErr.Error(), "")
		l.skip("Not checked: token-info gave no answer", tokenInfoChecks...)
	} else {
		report.TokenInfo = &got.token
		l.tokenInfo(in, token, got.token, time.Now())
	}
}

func (l *checklist) userInfo(in *inbound, got gafaelfawr.UserInfo) {
	l.add(checkUserInfoUser, unequal("user name in user-info", first(in.user), got.Username),
		"user-info and the headers name the same user")
	l.add(checkUserInfoEmail, unequal("email address in user-info", first(in.email), got.Email),
		"user-info and the headers agree on the email address")
}

func (l *checklist) tokenInfo(in *inbound, token gafaelfawr.Token, got gafaelfawr.TokenInfo, now time.Time) {
	l.add(checkTokenInfo, unequal("key in token-info", token.Key(), got.Key), "Gafaelfawr said what the token is")
	l.add(checkTokenUser, unequal("user of the token", first(in.user), got.Username), "The token is the caller's")
	delegate := in.probe.Config.Delegate
	wantType, wantService, ok := gafaelfawr.TypeNotebook, "", "It is bound to no service"
	if delegate.Internal != nil {
		wantType, wantService = gafaelfawr.TypeInternal, delegate.Internal.Service
		ok = "It was made for the service " + wantService
	}
	l.add(checkTokenType, unequal("type of the token", wantType, got.Type), "It is of type "+wantType)
	l.add(checkTokenService, unequal("service of the token", wantService, got.Service), ok)
	l.parent(got)
	l.scopes(delegate.Internal, got)
	l.lifetime(delegate.MinimumLifetime, got, now)
}

func (l *checklist) parent(got gafaelfawr.TokenInfo) {
	problem := ""
	switch got.Parent {
	case "":
		problem = "The token has no parent: it is a token of its own, not a delegated one"
	case got.Key:
		problem = "The token names itself as its parent"
	}
	l.add(checkTokenParent, problem, "It was delegated from the token with the key "+got.Parent)
}

// scopes checks the scopes of the delegated token. A notebook token has the
// caller's scopes, which the server does not know.
func (l *checklist) scopes(internal *gafaelfawr.InternalToken, got gafaelfawr.TokenInfo) {
	ok := "It has no scopes"
	if len(got.Scopes) > 0 {
		ok = "It has the scopes " + strings.Join(got.Scopes, ", ")
	}
	excess := slices.DeleteFunc(slices.Clone(got.Scopes), func(scope string) bool {
		return internal == nil || slices.Contains(internal.Scopes, scope)
	})
	problem := ""
	if len(excess) > 0 {
		problem = "The token has scopes that were not asked for: " + strings.Join(excess, ", ")
	}
	l.add(checkTokenScopes, problem, ok)
}

// lifetime checks that the token lives long enough. A few seconds are tolerated
// because Gafaelfawr looked earlier and by another clock.
func (l *checklist) lifetime(minimum int, got gafaelfawr.TokenInfo, now time.Time) {
	minimum = cmp.Or(minimum, defaultTokenLifetime)
	left := got.Expires.Sub(now)
	problem := ""
	switch {
	case got.Expires.IsZero():
		problem = "The token never expires"
	case left < time.Duration(minimum)*time.Second-lifetimeTolerance:
		problem = fmt.Sprintf("The token lives for another %d s, but this ingress requests %d s",
			int(left.Seconds()), minimum)
	}
	ok := fmt.Sprintf("It expires at %s, at least %d s from now", got.Expires.UTC().Format(time.RFC3339), minimum)
	l.add(checkTokenLifetime, problem, ok)
}
