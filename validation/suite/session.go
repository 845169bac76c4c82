package suite

import (
	"encoding/json"
	"time"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/fernet"
	"github.com/lsst-sqre/muster/validation/kubernetes"
)

// sessionSecret is the key of Gafaelfawr's Secret with which it encrypts session cookies.
const sessionSecret = "session-secret"

// Session is what a browser has whose user has logged in.
type Session struct {
	// Cookie is sent with every request, also with those that pages of other sites make.
	Cookie Credential
	// CSRF is sent by Gafaelfawr's own pages alone.
	CSRF Credential
}

// Session makes the session of a login of the identity, as Gafaelfawr itself does it.
// The check is skipped if the key is not in Gafaelfawr's Secret.
func (c *Check) Session(id *Identity) Session {
	namespace, name := "gafaelfawr", "gafaelfawr"
	if from := c.run.Env.Bootstrap.Secret; from != nil {
		namespace, name = from.Namespace, from.Name
	}
	secret, _ := Get(c, kubernetes.Secrets, namespace, name)
	key, ok := secret.Data[sessionSecret]
	if !ok {
		c.Skip("Secret " + namespace + "/" + name + " has no key " + sessionSecret)
	}
	csrf := gafaelfawr.NewToken().Key()                                                   // random
	plain, _ := json.Marshal(map[string]string{"token": id.Token.Reveal(), "csrf": csrf}) // strings only
	sealed, err := fernet.Seal(string(key), plain, time.Now())
	if err != nil {
		c.Skip("the key " + sessionSecret + " of Secret " + namespace + "/" + name + " is none of Fernet")
	}
	return Session{
		Cookie: Credential{client.CredentialLine{Name: gafaelfawr.HeaderCookie,
			Value: gafaelfawr.CookieName + "=" + sealed, Shell: gafaelfawr.CookieName + "=$SESSION"}},
		CSRF: Credential{client.CredentialLine{Name: "X-CSRF-Token", Value: csrf, Shell: "$CSRF"}},
	}
}
