package gafaelfawr

// ValidUsername reports whether Gafaelfawr allows the user name: 1 to 64 lower
// case letters, digits and single inner hyphens, with a letter that is neither
// first nor after a hyphen (constants.py). BootstrapUser is not valid.
func ValidUsername(name string) bool {
	if name == "" || len(name) > 64 {
		return false
	}
	letter, hyphen := false, true // so that no hyphen may come first
	for i := range len(name) {
		switch c := name[i]; {
		case c == '-':
			if hyphen {
				return false
			}
			hyphen = true
			continue
		case c >= 'a' && c <= 'z':
			letter = letter || !hyphen
		case c < '0' || c > '9':
			return false
		}
		hyphen = false
	}
	return letter && !hyphen
}
