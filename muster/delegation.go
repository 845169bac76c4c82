package muster

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// delegation asks Gafaelfawr with the delegated token and compares the answers
// with the headers and with what the ingress asked for.
func (s *Server) delegation(ctx context.Context, v *visit, found *verdict, report *Report) {
	token, err := gafaelfawr.ParseToken(v.token.first)
	if err != nil {
		for _, name := range append([]string{checkUserInfo, checkTokenInfo}, append(userInfoChecks, tokenInfoChecks...)...) {
			found.skip(name, "Not asked: there is no delegated token to ask with")
		}
		return
	}
	said := s.upstream.ask(ctx, token)
	if said.userErr != nil {
		found.record(checkUserInfo, "Gafaelfawr did not say who the user is: "+said.userErr.Error(), "")
		found.skipAll(userInfoChecks, "user-info")
	} else {
		report.UserInfo = &said.user
		found.record(checkUserInfo, "", "Gafaelfawr said who the user is: "+describeUser(said.user))
		found.userInfo(v, said.user)
	}
	if said.tokenErr != nil {
		found.record(checkTokenInfo, "Gafaelfawr did not say what the token is: "+said.tokenErr.Error(), "")
		found.skipAll(tokenInfoChecks, "token-info")
	} else {
		report.TokenInfo = &said.token
		found.tokenInfo(v, token, said.token, s.now())
	}
}

var (
	userInfoChecks  = []string{checkUserInfoUser, checkUserInfoEmail}
	tokenInfoChecks = []string{checkTokenUser, checkTokenType, checkTokenService, checkTokenParent, checkTokenScopes, checkTokenLifetime}
)

func (f *verdict) skipAll(names []string, question string) {
	for _, name := range names {
		f.skip(name, "Not checked: "+question+" gave no answer")
	}
}

func (f *verdict) userInfo(v *visit, said gafaelfawr.UserInfo) {
	f.record(checkUserInfoUser, unequal("user name in user-info", v.user.first, said.Username), "user-info and the headers name the same user")
	f.record(checkUserInfoEmail, unequal("email address in user-info", v.email.first, said.Email), "user-info and the headers agree on the email address")
}

func (f *verdict) tokenInfo(v *visit, token gafaelfawr.Token, said gafaelfawr.TokenInfo, now time.Time) {
	f.record(checkTokenInfo, unequal("key in token-info", token.Key(), said.Key), "Gafaelfawr said what the token is")
	f.record(checkTokenUser, unequal("user of the token", v.user.first, said.Username), "The token is the caller's")
	wantType, wantService := gafaelfawr.TypeNotebook, ""
	if internal := v.probe.Config.Delegate.Internal; internal != nil {
		wantType, wantService = gafaelfawr.TypeInternal, internal.Service
	}
	f.record(checkTokenType, unequal("type of the token", wantType, said.Type), "It is of type "+wantType)
	right := "It was made for the service " + wantService
	if wantService == "" {
		right = "It is bound to no service"
	}
	f.record(checkTokenService, unequal("service of the token", wantService, said.Service), right)
	f.parent(said)
	f.scopes(v.probe.Config.Delegate.Internal, said)
	f.lifetime(v.probe.Config.Delegate.MinimumLifetime, said, now)
}

func (f *verdict) parent(said gafaelfawr.TokenInfo) {
	wrong := ""
	switch said.Parent {
	case "":
		wrong = "The token has no parent: it was not delegated, but is someone's own"
	case said.Key:
		wrong = "The token names itself as its parent"
	}
	f.record(checkTokenParent, wrong, "It was delegated from the token with the key "+said.Parent)
}

// scopes verifies those of the delegated token. A notebook token has the
// caller's, which the server does not know.
func (f *verdict) scopes(internal *gafaelfawr.InternalToken, said gafaelfawr.TokenInfo) {
	right := "It has no scopes"
	if len(said.Scopes) > 0 {
		right = "It has the scopes " + strings.Join(said.Scopes, ", ")
	}
	wrong := ""
	if internal != nil {
		excess := slices.DeleteFunc(slices.Clone(said.Scopes), func(scope string) bool { return slices.Contains(internal.Scopes, scope) })
		if len(excess) > 0 {
			wrong = "The token has scopes that nobody asked for: " + strings.Join(excess, ", ")
		}
	}
	f.record(checkTokenScopes, wrong, right)
}

// lifetime verifies that the token lives as long as was asked. A few seconds
// are forgiven: Gafaelfawr looked a moment earlier and by another clock.
func (f *verdict) lifetime(minimum int, said gafaelfawr.TokenInfo, now time.Time) {
	if minimum == 0 {
		minimum = defaultTokenLifetime
	}
	left := said.Expires.Sub(now)
	wrong := ""
	switch {
	case said.Expires.IsZero():
		wrong = "The token never expires"
	case left < time.Duration(minimum)*time.Second-lifetimeTolerance:
		wrong = fmt.Sprintf("The token lives for another %d s, but %d s were asked for", int(left.Seconds()), minimum)
	}
	f.record(checkTokenLifetime, wrong, "It expires at "+said.Expires.UTC().Format(time.RFC3339)+fmt.Sprintf(", at least %d s from now", minimum))
}

// describeUser sums user-info up in one line.
func describeUser(u gafaelfawr.UserInfo) string {
	text := u.Username
	if u.Name != "" {
		text += " (" + u.Name + ")"
	}
	if u.UID != nil {
		text += fmt.Sprintf(", uid %d", *u.UID)
	}
	if u.GID != nil {
		text += fmt.Sprintf(", gid %d", *u.GID)
	}
	if len(u.Groups) == 1 {
		return text + ", in one group"
	}
	return text + fmt.Sprintf(", in %d groups", len(u.Groups))
}
