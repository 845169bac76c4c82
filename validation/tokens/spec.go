package tokens

import (
	"strings"
	"time"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// Spec says what token a check wants.
type Spec struct {
	// Name of the identity, in failure texts and as a shell variable in the
	// command that repeats a request.
	Name string
	// User is the environment's, names.user, where empty.
	User   string
	Scopes []string
	// Email is left out where empty.
	Email string
	// FullName and Groups replace those that every user of the suite has.
	FullName string
	Groups   []gafaelfawr.Group
	// Lifetime is 15 minutes where zero.
	Lifetime time.Duration
	// Bare leaves out all that is known of the user, so that Gafaelfawr asks
	// its own sources. Only for the user that the environment declares.
	Bare bool
}

// Identity is a credential that was made for this run.
type Identity struct {
	Spec
	Token gafaelfawr.Token
	// Info is what was asked of Gafaelfawr, and so what it must give back.
	Info gafaelfawr.TokenRequest
}

// Variable is the shell variable that stands for the token in commands.
func (id *Identity) Variable() string {
	return "$" + strings.ToUpper(strings.NewReplacer("-", "_", " ", "_").Replace(id.Name))
}
