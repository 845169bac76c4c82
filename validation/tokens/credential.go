package tokens

import (
	"encoding/base64"
	"strings"

	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/message"
)

// Anonymous sends no credential.
var Anonymous client.Credential

// Bearer sends the identity's token in the Authorization header.
func Bearer(id *Identity) client.Credential {
	return client.Authorization("Bearer "+id.Token.Reveal(), "Bearer "+id.Variable())
}

// BasicUser sends the token as the user name of Basic authentication.
func BasicUser(id *Identity) client.Credential {
	return basic(id.Token.Reveal()+":x-oauth-basic", id.Variable()+":x-oauth-basic")
}

// BasicPassword sends the token as the password.
func BasicPassword(id *Identity) client.Credential {
	return basic("x-oauth-basic:"+id.Token.Reveal(), "x-oauth-basic:"+id.Variable())
}

// BasicBoth sends the token as user name and password.
func BasicBoth(id *Identity) client.Credential {
	return basic(id.Token.Reveal()+":"+id.Token.Reveal(), id.Variable()+":"+id.Variable())
}

func basic(pair, shell string) client.Credential {
	return client.Authorization("Basic "+base64.StdEncoding.EncodeToString([]byte(pair)),
		`Basic $(printf %s "`+shell+`" | base64 | tr -d '\n')`)
}

// BasicPair sends the tokens of two identities as user name and password.
func BasicPair(user, password *Identity) client.Credential {
	return basic(user.Token.Reveal()+":"+password.Token.Reveal(), user.Variable()+":"+password.Variable())
}

// BearerAfterTab separates the token from Bearer by a tab.
func BearerAfterTab(id *Identity) client.Credential {
	return client.Authorization("Bearer\t"+id.Token.Reveal(), `Bearer$(printf '\t')`+id.Variable())
}

// BearerSpelled is Bearer with another spelling of the scheme.
func BearerSpelled(scheme string, id *Identity) client.Credential {
	return client.Authorization(scheme+" "+id.Token.Reveal(), scheme+" "+id.Variable())
}

// BasicSpelled is BasicUser with another spelling of the scheme.
func BasicSpelled(scheme string, id *Identity) client.Credential {
	pair := id.Token.Reveal() + ":x-oauth-basic"
	return client.Authorization(scheme+" "+base64.StdEncoding.EncodeToString([]byte(pair)),
		scheme+` $(printf %s "`+id.Variable()+`:x-oauth-basic" | base64 | tr -d '\n')`)
}

// Unknown sends a token that was never made.
func Unknown() client.Credential {
	return client.Authorization("Bearer gt-"+strings.Repeat("A", 22)+"."+strings.Repeat("B", 22),
		"Bearer gt-"+message.ShellRun('A', 22)+"."+message.ShellRun('B', 22))
}

// WrongSecret sends the identity's key with another secret.
func WrongSecret(id *Identity) client.Credential {
	return client.Authorization("Bearer gt-"+id.Token.Key()+"."+strings.Repeat("A", 22),
		"Bearer ${"+id.Variable()[1:]+"%.*}."+message.ShellRun('A', 22))
}

// BasicNamed sends the token as the password of Basic authentication, with a
// user name.
func BasicNamed(user string, id *Identity) client.Credential {
	return basic(user+":"+id.Token.Reveal(), user+":"+id.Variable())
}

// BasicNamedAfter sends the token as the user name, with a name as the
// password.
func BasicNamedAfter(id *Identity, name string) client.Credential {
	return basic(id.Token.Reveal()+":"+name, id.Variable()+":"+name)
}

// BearerBeforeBlank appends a blank to the token, which HTTP/2 transports.
func BearerBeforeBlank(id *Identity) client.Credential {
	return client.Authorization("Bearer "+id.Token.Reveal()+" ", "Bearer "+id.Variable()+" ")
}

// Written is an Authorization with the token between two texts.
func Written(before string, id *Identity, after string) client.Credential {
	return client.Authorization(before+id.Token.Reveal()+after, before+id.Variable()+after)
}

// BasicBetween sends the token between two other parts of Basic authentication, which
// has two.
func BasicBetween(id *Identity) client.Credential {
	return basic("a:"+id.Token.Reveal()+":b", "a:"+id.Variable()+":b")
}
