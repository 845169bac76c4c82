package tokens

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/fernet/fernet-go"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/message"
)

// Session is a login session with the token of an identity inside, as a browser has one
// after a login. The cookie is JSON that Gafaelfawr's session secret encrypts with
// Fernet (fixtures/recordings has answers to such cookies).
type Session struct {
	Identity *Identity
	// CSRF is what a request that changes something must repeat in X-CSRF-Token.
	CSRF   string
	cookie string
}

// Variable returns the shell variable for the cookie's value in printed commands.
func (s *Session) Variable() string { return "$SESSION_" + s.Identity.Variable()[1:] }

// Cookie sends the session as its only cookie.
func (s *Session) Cookie() client.Credential { return s.Between(gafaelfawr.CookieName+"=", "") }

// Between sends the session's value between two texts in the Cookie header.
func (s *Session) Between(before, after string) client.Credential {
	return client.Credential{{Name: gafaelfawr.HeaderCookie, Value: before + s.cookie + after,
		Shell: message.Shell(before) + s.Variable() + message.Shell(after)}}
}

// Beside sends two sessions in one header, this one first.
func (s *Session) Beside(other *Session) client.Credential {
	name := "; " + gafaelfawr.CookieName + "="
	first := s.Cookie()[0]
	return client.Credential{{Name: first.Name, Value: first.Value + name + other.cookie,
		Shell: first.Shell + name + other.Variable()}}
}

// Page sends the session as a page does that changes something: with the CSRF token of a
// session, which may be another one.
func (s *Session) Page(of *Session) client.Credential {
	line := client.CredentialLine{Name: "X-CSRF-Token", Value: of.CSRF}
	switch {
	case of == s:
		line.Shell = "$CSRF_" + s.Identity.Variable()[1:]
	case of.CSRF != "":
		line.Shell = "$CSRF_OF_ANOTHER_SESSION"
	}
	return append(s.Cookie(), line)
}

var errNoSessionSecret = errors.New("the session secret was not read")

// OpenSessions reads the session secret.
func (t *Factory) OpenSessions(ctx context.Context) error {
	text, where, err := t.read(ctx, "session secret", t.Environment.SessionSecret)
	if err != nil {
		return err
	}
	key, err := fernet.DecodeKey(strings.TrimSpace(text))
	if err != nil {
		return fmt.Errorf("what %s holds is not a session secret, 32 bytes in base64 (gafaelfawr generate-session-secret "+
			"makes one)", where)
	}
	t.sessionKey = key
	return nil
}

// Session returns a new session with the identity's token and that CSRF token, which may
// be empty as after a login.
func (t *Factory) Session(id *Identity, csrf string) (*Session, error) {
	if t.sessionKey == nil {
		return nil, errNoSessionSecret
	}
	s := &Session{Identity: id, CSRF: csrf}
	members := map[string]string{"token": id.Token.Reveal()}
	if csrf != "" {
		members["csrf"] = csrf
	}
	state, err := json.Marshal(members)
	if err != nil {
		return nil, err
	}
	cookie, err := fernet.EncryptAndSign(state, t.sessionKey)
	s.cookie = string(cookie)
	return s, err
}

// SessionState is what a session cookie holds.
type SessionState struct {
	Token string `json:"token"`
	CSRF  string `json:"csrf"`
	// State must come back from the identity provider. ReturnURL is where a login leads.
	State     string `json:"state"`
	ReturnURL string `json:"return_url"`
}

// OpenSession decrypts the value of a session cookie.
func (t *Factory) OpenSession(cookie string) (SessionState, error) {
	var s SessionState
	if t.sessionKey == nil {
		return s, errNoSessionSecret
	}
	const anyAge = -1 // Gafaelfawr sets none
	plain := fernet.VerifyAndDecrypt([]byte(strings.Trim(cookie, `"`)), anyAge, []*fernet.Key{t.sessionKey})
	if plain == nil {
		return s, errors.New("the session secret does not decrypt the cookie")
	}
	return s, json.Unmarshal(plain, &s)
}
