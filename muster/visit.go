package muster

import (
	"net"
	"net/http"
	"strings"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// visit is one request to a probe, with its header lines as they came. They
// hold secrets: only sighting takes them out of here.
type visit struct {
	probe   Probe
	request *http.Request
	lines   []gafaelfawr.HeaderLine
}

func newVisit(p Probe, r *http.Request) visit {
	return visit{probe: p, request: r, lines: headerLines(r)}
}

// values are those of all lines of that header, in order.
func (v visit) values(name string) []string {
	var values []string
	for _, line := range v.lines {
		if strings.EqualFold(line.Name(), name) {
			values = append(values, line.Value())
		}
	}
	return values
}

// value is the first line's, "" if there is none.
func (v visit) value(name string) string {
	for _, line := range v.lines {
		if strings.EqualFold(line.Name(), name) {
			return line.Value()
		}
	}
	return ""
}

// preflight reports whether the request asks for permission of a cross-origin
// request, as Gafaelfawr tells it: an OPTIONS with both headers.
func (v visit) preflight() bool {
	return v.request.Method == http.MethodOptions &&
		v.value("Origin") != "" && v.value("Access-Control-Request-Method") != ""
}

// sighting is the visit without its secrets.
func (v visit) sighting(instance string) Sighting {
	lines := make([]gafaelfawr.HeaderLine, len(v.lines))
	for i, l := range v.lines {
		lines[i] = gafaelfawr.HeaderLine{l.Name(), gafaelfawr.RedactHeader(l.Name(), l.Value())}
	}
	return Sighting{
		Method:   v.request.Method,
		Protocol: v.request.Proto,
		Path:     gafaelfawr.Redact(v.request.RequestURI),
		Client:   peerAddress(v.request),
		Headers:  lines,
		Instance: instance,
	}
}

// identity is what the identity headers tell; nil where none arrived.
func (v visit) identity() *Identity {
	user, email := v.value(gafaelfawr.HeaderUser), v.value(gafaelfawr.HeaderEmail)
	service, token := v.value(gafaelfawr.HeaderService), v.value(gafaelfawr.HeaderToken)
	if user == "" && email == "" && service == "" && token == "" {
		return nil
	}
	who := &Identity{User: gafaelfawr.Redact(user), Email: gafaelfawr.Redact(email), Service: gafaelfawr.Redact(service)}
	if token != "" {
		who.Token = gafaelfawr.Fingerprint(token)
	}
	return who
}

// peerAddress is the address of the connection's other end, without the port.
func peerAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
