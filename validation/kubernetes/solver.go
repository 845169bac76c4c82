package kubernetes

import (
	"slices"
	"strings"
)

// Solver is one way in which an issuer proves names to an authority.
type Solver struct {
	HTTP01   map[string]any `json:"http01"`
	Selector *struct {
		MatchLabels map[string]string `json:"matchLabels"`
		DNSNames    []string          `json:"dnsNames"`
		DNSZones    []string          `json:"dnsZones"`
	} `json:"selector"`
}

// solves reports whether cert-manager takes the solver for a name of the certificate. What a
// selector names must all match.
func (s Solver) solves(c Certificate, name string) bool {
	if s.HTTP01 != nil && strings.HasPrefix(name, "*.") {
		return false // authorities prove such names in DNS alone
	}
	if s.Selector == nil {
		return true
	}
	for label, value := range s.Selector.MatchLabels {
		if got, has := c.Meta.Labels[label]; !has || got != value {
			return false
		}
	}
	below := func(zone string) bool {
		return strings.EqualFold(name, zone) || strings.HasSuffix(strings.ToLower(name), "."+strings.ToLower(zone))
	}
	return (len(s.Selector.DNSNames) == 0 || slices.Contains(s.Selector.DNSNames, name)) &&
		(len(s.Selector.DNSZones) == 0 || slices.ContainsFunc(s.Selector.DNSZones, below))
}

// Unsolved returns a name of the certificate for which no solver of the issuer is. An issuer without
// solvers has an account for which its authority asks for no proof.
func (i Issuer) Unsolved(c Certificate) (name string, found bool) {
	if len(i.Spec.ACME.Solvers) == 0 {
		return "", false
	}
	at := slices.IndexFunc(c.Spec.DNSNames, func(name string) bool {
		return !slices.ContainsFunc(i.Spec.ACME.Solvers, func(s Solver) bool { return s.solves(c, name) })
	})
	if at < 0 {
		return "", false
	}
	return c.Spec.DNSNames[at], true
}

// Solvers names, for people, what the solvers of the issuer are for.
func (i Issuer) Solvers() string {
	var all []string
	for _, s := range i.Spec.ACME.Solvers {
		text := "every name but those with *."
		if sel := s.Selector; sel != nil {
			text = joined(", ", strings.Join(sel.DNSZones, " "), strings.Join(sel.DNSNames, " "))
			if len(sel.MatchLabels) > 0 {
				text = joined(", ", text, "Certificates with certain labels")
			}
		}
		all = append(all, text)
	}
	return strings.Join(all, "; ")
}
