package answers

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// SameUser verifies that user information matches the request for the token.
func (s *Sender) SameUser(about *Answer, want gafaelfawr.TokenRequest, got gafaelfawr.UserInfo) {
	s.Equal(about, "user", want.Username, got.Username)
	s.Equal(about, "name", want.FullName, got.Name)
	s.Equal(about, "email", want.Email, got.Email)
	s.Equal(about, "uid", fmt.Sprint(want.UID), number(got.UID))
	s.Equal(about, "gid", fmt.Sprint(want.GID), number(got.GID))
	s.Equal(about, "groups", SortedGroups(want), got.Groups)
}

// SameKnownUser verifies what an external source says about the declared user:
// every member that the environment declares, and at least its groups.
func (s *Sender) SameKnownUser(want environment.KnownUser, got gafaelfawr.UserInfo) {
	declared := func(what, want, got string) {
		if want != "" && want != "0" {
			s.Equal(nil, what, want, got)
		}
	}
	declared("user", want.Username, got.Username)
	declared("name", want.Name, got.Name)
	declared("email", want.Email, got.Email)
	declared("uid", fmt.Sprint(want.UID), number(got.UID))
	declared("gid", fmt.Sprint(want.GID), number(got.GID))
	var names []string
	for _, g := range got.Groups {
		names = append(names, g.Name)
	}
	for _, g := range want.Groups {
		s.Expect(slices.Contains(names, g), nil, "group "+g, "groups "+strings.Join(names, ", "),
			verdict.Value("groups", g, strings.Join(names, ", ")))
	}
}

func number(n *int) string {
	if n == nil {
		return "none"
	}
	return fmt.Sprint(*n)
}

// SortedGroups returns the groups in Gafaelfawr's order, by name.
func SortedGroups(r gafaelfawr.TokenRequest) []gafaelfawr.Group {
	groups := slices.Clone(r.Groups)
	slices.SortFunc(groups, func(a, b gafaelfawr.Group) int { return strings.Compare(a.Name, b.Name) })
	return groups
}
