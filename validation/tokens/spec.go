package tokens

import (
	"strings"
	"time"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// Spec describes the token that a check wants.
type Spec struct {
	// Name is the name of the identity in failure texts, and of the shell
	// variable in printed commands.
	Name string
	// User defaults to names.user of the environment.
	User   string
	Scopes []string
	// Email is omitted if empty.
	Email string
	// FullName and Groups override the defaults of the suite's users.
	FullName string
	Groups   []gafaelfawr.Group
	// UID and GID default to those of the suite's users.
	UID, GID int
	// Lifetime defaults to 15 minutes.
	Lifetime time.Duration
	// Bare omits everything about the user, so that Gafaelfawr uses its own
	// sources. It is only for the user that the environment declares.
	Bare bool
	// Type is by the user's name where it is empty: service for a bot, else user.
	Type string
	// Owner makes the token for itself, instead of an administrator.
	Owner *Identity
}

// Identity is a credential that was made for this run.
type Identity struct {
	Spec
	Token gafaelfawr.Token
	// Info is the request for the token, which Gafaelfawr must give back.
	Info gafaelfawr.TokenRequest
}

// Variable returns the shell variable for the token in printed commands.
func (id *Identity) Variable() string {
	return "$" + strings.Map(func(c rune) rune {
		if c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			return c
		}
		return '_'
	}, strings.ToUpper(id.Name))
}
