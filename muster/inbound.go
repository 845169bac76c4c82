package muster

import (
	"net/http"
	"slices"
	"strings"

	"github.com/lsst-sqre/muster/muster/daemon"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// inbound is one request as it arrived at a probe. It holds secrets: only
// sighting and identity put parts of it into a report.
type inbound struct {
	*http.Request
	probe *Probe

	// The values of the headers that identify the caller, and of those that
	// carry the caller's own credentials. Nil: no such line arrived.
	user, email, service, token []string
	cookie, authorization       []string
}

func newInbound(r *http.Request, p *Probe) *inbound {
	return &inbound{
		Request: r, probe: p,
		user: r.Header.Values(gafaelfawr.HeaderUser), email: r.Header.Values(gafaelfawr.HeaderEmail),
		service: r.Header.Values(gafaelfawr.HeaderService), token: r.Header.Values(gafaelfawr.HeaderToken),
		cookie: r.Header.Values(gafaelfawr.HeaderCookie), authorization: r.Header.Values(gafaelfawr.HeaderAuthorization),
	}
}

// preflight reports whether the request is a CORS preflight as Gafaelfawr
// defines it: an OPTIONS with both headers.
func (in *inbound) preflight() bool {
	return in.Method == http.MethodOptions &&
		in.Header.Values("Origin") != nil && in.Header.Values("Access-Control-Request-Method") != nil
}

// sighting describes the request without its secrets.
func (in *inbound) sighting(instance string, body *Body) Sighting {
	return Sighting{
		Method: in.Method, Protocol: in.Proto, Path: gafaelfawr.Redact(in.RequestURI),
		Client: daemon.PeerAddress(in.Request), Headers: in.redactedLines(), Instance: instance, Body: body,
	}
}

// redactedLines are the header lines sorted by name. net/http moves two of them
// out of the header map: they are put back.
func (in *inbound) redactedLines() []gafaelfawr.HeaderLine {
	lines := make([]gafaelfawr.HeaderLine, 0, len(in.Header)+2)
	add := func(name string, values ...string) {
		for _, value := range values {
			lines = append(lines, gafaelfawr.HeaderLine{redactName(name), gafaelfawr.RedactHeader(name, value)})
		}
	}
	for name, values := range in.Header {
		add(name, values...)
	}
	if in.Host != "" {
		add("Host", in.Host)
	}
	add("Transfer-Encoding", in.TransferEncoding...)
	slices.SortStableFunc(lines, func(a, b gafaelfawr.HeaderLine) int { return strings.Compare(a.Name(), b.Name()) })
	return lines
}

// redactName finds a token in the name of a header, though net/http wrote its
// first letter as a capital.
func redactName(name string) string {
	asToken := strings.ReplaceAll(name, "Gt-", "gt-")
	if redacted := gafaelfawr.Redact(asToken); redacted != asToken {
		return redacted
	}
	return name
}

// identity is the content of the identity headers, nil if none arrived.
func (in *inbound) identity() *Identity {
	if in.user == nil && in.email == nil && in.service == nil && in.token == nil {
		return nil
	}
	who := &Identity{
		User:    gafaelfawr.Redact(first(in.user)),
		Email:   gafaelfawr.Redact(first(in.email)),
		Service: gafaelfawr.Redact(first(in.service)),
	}
	if token := first(in.token); token != "" {
		who.Token = gafaelfawr.Fingerprint(token)
	}
	return who
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}
