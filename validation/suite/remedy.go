package suite

import (
	"slices"
	"strings"
)

// planned adds the check to the plan, if there is one.
func (c *Check) planned() {
	switch {
	case c.run.plan == nil:
	case c.Found().Skipped == "":
		c.run.plan.add(c.t.Name(), "")
	default:
		c.run.plan.add(c.t.Name(), c.remedy())
	}
}

// remedy says what would make a skipped check run.
func (c *Check) remedy() string {
	var missing []string
	for _, f := range c.o.Needs {
		if f == Kubernetes || !c.run.Env.Has(f) {
			missing = append(missing, string(f))
		}
		if f.NeedsKubernetes() && !c.run.Env.Has(Kubernetes) {
			missing = append(missing, string(Kubernetes))
		}
	}
	missing = slices.DeleteFunc(missing, func(f string) bool { return c.run.Env.Has(Feature(f)) })
	slices.Sort(missing)
	missing = slices.Compact(missing)
	switch {
	case len(missing) > 0:
		return "with the line features: [" + strings.Join(missing, ", ") + "]" + c.unnamed(missing)
	case c.lacksMuster:
		return "with a Muster that reports what reached it: muster: {deployed: go}"
	case c.o.Writes && !c.run.options.Write:
		return "with the flag -write"
	}
	return "in another environment: " + c.Found().Skipped
}

// unnamed says what else a feature needs.
func (c *Check) unnamed(missing []string) string {
	for _, f := range missing {
		if f := Feature(f); (f == LDAP || f == Firestore) && c.run.Env.User == nil {
			return " and a user who exists there, such as user: {username: alice}"
		}
	}
	return ""
}
