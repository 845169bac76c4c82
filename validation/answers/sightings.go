package answers

import (
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/lsst-sqre/muster/muster"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/tokens"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// Sighting returns what reached Muster. If the answer is not Muster's report, a
// failure is recorded and the sighting is empty.
func (a *Answer) Sighting() muster.Sighting {
	s, _ := a.sighting()
	return s
}

func (a *Answer) sighting() (muster.Sighting, bool) {
	r, err := a.steadyReport()
	if err == nil && a.Code == 200 {
		return r.Sighting, true
	}
	a.by.Expect(false, a, "status 200 and a report of Muster", a.Excerpt(), a.other(verdict.CodeNoReport))
	return muster.Sighting{}, false
}

// Sees verifies that exactly these lines of a header reached Muster. Secrets
// are compared by fingerprint. Without a value, no line may have reached it.
func (a *Answer) Sees(name string, want ...string) bool {
	s, ok := a.sighting()
	if !ok {
		return false
	}
	redacted := make([]string, len(want))
	for i, v := range want {
		redacted[i] = gafaelfawr.RedactHeader(name, v)
	}
	got := s.Values(name)
	verify := a.by.Expect
	if slices.ContainsFunc(got, func(v string) bool { return !slices.Contains(redacted, v) && leak(name, v, want) }) {
		verify = a.by.Closed
	}
	return verify(slices.Equal(got, redacted), a,
		"at the application: "+describeLines(name, redacted), "at the application: "+describeLines(name, got),
		verdict.Header(verdict.Application, name, got, redacted...))
}

// SeesJoined verifies what all lines of a header say together.
func (a *Answer) SeesJoined(name, want string) bool {
	got := a.Sighting().Values(name)
	return a.by.Expect(strings.Join(got, ", ") == want, a, "at the application: "+name+": "+want,
		"at the application: "+describeLines(name, got), verdict.Header(verdict.Application, name, got, want))
}

// leak reports whether a line that should not have reached the application
// carries a credential or an identity, and was not only changed.
func leak(name, redacted string, want []string) bool {
	name = strings.ReplaceAll(name, "_", "-")
	identity := slices.ContainsFunc(gafaelfawr.IdentityHeaders,
		func(h string) bool { return strings.EqualFold(h, name) })
	return identity || len(want) == 0 && name == gafaelfawr.HeaderAuthorization ||
		strings.Contains(redacted, "gt-<") || strings.Contains(redacted, "gafaelfawr=<")
}

// Hides verifies that no header line with the token reached Muster.
func (a *Answer) Hides(id *tokens.Identity) bool {
	var leaks []string
	for _, line := range a.Sighting().Headers {
		if strings.Contains(line.Value(), id.Token.Fingerprint()) {
			leaks = append(leaks, line.Name()+": "+line.Value())
		}
	}
	return a.by.Closed(len(leaks) == 0, a,
		"the caller's token ("+id.Token.Fingerprint()+") in no header at the application",
		"it is in "+strings.Join(leaks, " | "), verdict.Of(verdict.CodeTokenLeaked, "header", strings.Join(leaks, " | ")))
}

// SeesEdge verifies what the edge tells the application about the request:
// host, port, protocol and client address, one line each.
func (a *Answer) SeesEdge() {
	c, env := a.by, a.by.env
	host := env.HostHeader()
	for name, want := range map[string]string{"Host": host, "X-Forwarded-Host": host, "X-Forwarded-Proto": "https"} {
		a.Sees(name, want)
	}
	s := a.Sighting()
	port := s.Values("X-Forwarded-Port")
	c.Expect(len(port) == 1 && slices.Contains([]string{"443", env.Port()}, port[0]), a,
		"at the application: X-Forwarded-Port: 443",
		"at the application: "+describeLines("X-Forwarded-Port", port),
		verdict.Header(verdict.Application, "X-Forwarded-Port", port, "443"))
	chain, want := s.Values("X-Forwarded-For"), "IP addresses"
	if withPort(chain) {
		want += " without a port"
	}
	c.Expect(len(ForwardedFor(chain)) > 0, a, "at the application: one line X-Forwarded-For of "+want,
		"at the application: "+describeLines("X-Forwarded-For", chain),
		verdict.Header(verdict.Application, "X-Forwarded-For", chain, want))
	for _, name := range []string{"X-Scheme", "X-Forwarded-Scheme"} { // which ingress-nginx alone sets
		got := s.Values(name)
		c.Expect(len(got) == 0 || slices.Equal(got, []string{"https"}), a, "at the application: "+name+": https",
			"at the application: "+describeLines(name, got), verdict.Header(verdict.Application, name, got, "https"))
	}
	client := s.Values("X-Real-IP")
	c.Expect(len(client) == 1 && (len(ForwardedFor(chain)) == 0 || slices.Contains(ForwardedFor(chain), client[0])), a,
		"at the application: one line X-Real-IP with an address of X-Forwarded-For",
		"at the application: "+describeLines("X-Real-IP", client),
		verdict.Header(verdict.Application, "X-Real-IP", client, "an address of X-Forwarded-For"))
}

// withPort reports whether an X-Forwarded-For has an address with a port.
func withPort(lines []string) bool {
	return slices.ContainsFunc(strings.Split(strings.Join(lines, ","), ","), func(one string) bool {
		_, err := netip.ParseAddrPort(strings.TrimSpace(one))
		return err == nil
	})
}

// ForwardedFor returns the addresses of an X-Forwarded-For, or none if it is
// not one line of addresses.
func ForwardedFor(lines []string) []string {
	if len(lines) != 1 {
		return nil
	}
	all := strings.Split(lines[0], ",")
	for i := range all {
		if all[i] = strings.TrimSpace(all[i]); net.ParseIP(all[i]) == nil {
			return nil
		}
	}
	return all
}

// LastAddress returns the last address of an X-Forwarded-For, which the
// outermost trusted proxy saw. It returns "" unless there is one line that ends
// in an address.
func LastAddress(lines []string) string {
	if len(lines) != 1 {
		return ""
	}
	last := strings.TrimSpace(lines[0][strings.LastIndex(lines[0], ",")+1:])
	if net.ParseIP(last) == nil {
		return ""
	}
	return last
}
