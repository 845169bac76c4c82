package muster

import (
	"encoding/binary"
	"strconv"
	"unicode/utf8"

	"github.com/lsst-sqre/muster/muster/daemon"
)

// Reports are written by hand: encoding/json costs as much as everything else
// that a probe does. A test holds the two against each other.

// appendReport appends the report as JSON, compact.
func appendReport(b []byte, r *Report) []byte {
	b = append(b, `{"schema":`...)
	b = strconv.AppendInt(b, int64(r.Schema), 10)
	b = appendMember(b, "status", string(r.Status))
	b = appendMember(b, "probe", r.Probe)
	b = append(b, `,"server":{"name":`...)
	b = appendString(b, r.Server.Name)
	b = appendMember(b, "version", r.Server.Version)
	b = appendMember(b, "instance", r.Server.Instance)
	b = append(b, `},"checks":[`...)
	for i, c := range r.Checks {
		b = appendComma(b, i)
		b = append(b, `{"name":`...)
		b = appendString(b, c.Name)
		b = appendMember(b, "outcome", string(c.Outcome))
		b = appendMember(b, "message", c.Message)
		b = append(b, '}')
	}
	b = append(b, ']')
	if r.Identity != nil {
		b = appendIdentity(append(b, `,"identity":`...), r.Identity)
	}
	if r.UserInfo != nil {
		b = daemon.AppendJSON(append(b, `,"user_info":`...), r.UserInfo)
	}
	if r.TokenInfo != nil {
		b = daemon.AppendJSON(append(b, `,"token_info":`...), r.TokenInfo)
	}
	b = appendSighting(append(b, `,"sighting":`...), &r.Sighting)
	return append(b, '}')
}

func appendIdentity(b []byte, who *Identity) []byte {
	b = append(b, `{"user":`...)
	b = appendString(b, who.User)
	for _, m := range [...][2]string{{"email", who.Email}, {"service", who.Service}, {"token", who.Token}} {
		if m[1] != "" {
			b = appendMember(b, m[0], m[1])
		}
	}
	return append(b, '}')
}

func appendSighting(b []byte, s *Sighting) []byte {
	b = append(b, `{"method":`...)
	b = appendString(b, s.Method)
	b = appendMember(b, "protocol", s.Protocol)
	b = appendMember(b, "path", s.Path)
	b = appendMember(b, "client", s.Client)
	b = append(b, `,"headers":[`...)
	for i, line := range s.Headers {
		b = appendComma(b, i)
		b = appendString(append(b, '['), line.Name())
		b = appendString(append(b, ','), line.Value())
		b = append(b, ']')
	}
	b = appendMember(append(b, ']'), "instance", s.Instance)
	return append(b, '}')
}

func appendComma(b []byte, i int) []byte {
	if i == 0 {
		return b
	}
	return append(b, ',')
}

// appendMember appends a comma, a name that needs no escape, and a text.
func appendMember(b []byte, name, value string) []byte {
	b = append(b, ',', '"')
	b = append(b, name...)
	b = append(b, '"', ':')
	return appendString(b, value)
}

// appendString appends a JSON string. What needs an escape is rare, and
// encoding/json's business.
func appendString(b []byte, text string) []byte {
	start := len(b)
	b = append(b, '"')
	b = append(b, text...)
	if !plain(b[start+1:]) {
		return daemon.AppendJSON(b[:start], text)
	}
	return append(b, '"')
}

// plain reports whether all bytes stand for themselves in a JSON string: no
// control character, quote, backslash, or byte beyond ASCII. It looks at eight
// at a time, with one bit for each byte that is something of the kind.
func plain(text []byte) bool {
	const ones, bits = 0x0101010101010101, 0x8080808080808080
	for ; len(text) >= 8; text = text[8:] {
		x := binary.LittleEndian.Uint64(text)
		if ((x-ones*' ')|((x^ones*'"')-ones)|((x^ones*'\\')-ones)|x)&bits != 0 {
			return false
		}
	}
	for _, c := range text {
		if c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
