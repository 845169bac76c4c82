package gafaelfawr

import "regexp"

var username = regexp.MustCompile(`\A[a-z0-9](?:[a-z0-9]|-[a-z0-9])*[a-z](?:[a-z0-9]|-[a-z0-9])*\z`)

// ValidUsername reports whether Gafaelfawr allows the user name: 1 to 64 lower
// case letters, digits and single hyphens inside, with a letter that is neither
// first nor behind a hyphen (constants.py). BootstrapUser is not valid.
func ValidUsername(name string) bool { return len(name) <= 64 && username.MatchString(name) }
