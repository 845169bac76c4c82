package muster

import (
	"net"
	"net/http"
	"strings"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// visit is one request to a probe, with its header lines as they came. They
// hold secrets: only sighting and identity take them out of here.
type visit struct {
	probe   *Probe
	request *http.Request
	lines   []gafaelfawr.HeaderLine

	// The headers by which an application knows its caller, and the caller's
	// own credentials.
	user, email, service, token header
	cookie, authorization       header
}

// header is all lines of one header: how many, and the value of the first.
type header struct {
	name  string
	lines int
	first string
}

// read fills the visit in; the header lines go into the space of lines.
func (v *visit) read(p *Probe, x *exchange, lines []gafaelfawr.HeaderLine) {
	if x.head.raw == "" {
		lines = sortedLines(lines, x.Request)
	} else {
		lines = parseHead(lines, x.head.raw)
	}
	v.probe, v.request, v.lines = p, x.Request, lines
	v.user.name, v.email.name, v.service.name = gafaelfawr.HeaderUser, gafaelfawr.HeaderEmail, gafaelfawr.HeaderService
	v.token.name, v.cookie.name, v.authorization.name = gafaelfawr.HeaderToken, gafaelfawr.HeaderCookie, gafaelfawr.HeaderAuthorization
	all := [...]*header{&v.user, &v.email, &v.service, &v.token, &v.cookie, &v.authorization}
	for _, line := range v.lines {
		for _, h := range all {
			if len(h.name) == len(line.Name()) && strings.EqualFold(h.name, line.Name()) {
				if h.lines++; h.lines == 1 {
					h.first = line.Value()
				}
			}
		}
	}
}

// values are those of all lines of that header, in order.
func (v *visit) values(name string) []string {
	var values []string
	for _, line := range v.lines {
		if strings.EqualFold(line.Name(), name) {
			values = append(values, line.Value())
		}
	}
	return values
}

// preflight reports whether the request asks for permission of a cross-origin
// request, as Gafaelfawr tells it: an OPTIONS with both headers.
func (v *visit) preflight() bool {
	return v.request.Method == http.MethodOptions &&
		v.values("Origin") != nil && v.values("Access-Control-Request-Method") != nil
}

// sighting is the visit without its secrets. It is the end of the visit: the
// lines are made harmless where they are.
func (v *visit) sighting(into *Sighting, instance string) {
	for i, l := range v.lines {
		v.lines[i] = gafaelfawr.HeaderLine{gafaelfawr.Redact(l.Name()), gafaelfawr.RedactHeader(l.Name(), l.Value())}
	}
	into.Method, into.Protocol, into.Path = v.request.Method, v.request.Proto, gafaelfawr.Redact(v.request.RequestURI)
	into.Client, into.Headers, into.Instance = peerAddress(v.request), v.lines, instance
}

// identity fills in what the identity headers tell, and reports whether any
// arrived.
func (v *visit) identity(who *Identity) bool {
	if v.user.lines+v.email.lines+v.service.lines+v.token.lines == 0 {
		return false
	}
	who.User, who.Email, who.Service = gafaelfawr.Redact(v.user.first), gafaelfawr.Redact(v.email.first), gafaelfawr.Redact(v.service.first)
	if v.token.first != "" {
		who.Token = gafaelfawr.Fingerprint(v.token.first)
	}
	return true
}

// peerAddress is the address of the connection's other end, without the port.
func peerAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
