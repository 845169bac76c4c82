package client

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
)

// Kinds of failed handshakes.
const (
	HandshakePlain      = "plain"
	HandshakeClosed     = "closed"
	HandshakeSilent     = "silent"
	HandshakeAlert      = "alert"
	HandshakeLargeHello = "large-hello"
	HandshakeOther      = "other"
)

// HandshakeError says that a TLS handshake failed, whatever the certificate.
type HandshakeError struct {
	// Kind is one of the constants above.
	Kind string
	text string
	err  error
}

// Error implements error.
func (e *HandshakeError) Error() string { return e.text }

// Unwrap returns the error of the connection.
func (e *HandshakeError) Unwrap() error { return e.err }

// TLS tries a handshake with the deployment, whatever the certificate. Its error
// is a *HandshakeError.
func (c *Client) TLS(ctx context.Context) error {
	config := c.TLSConfig()
	config.InsecureSkipVerify = true // the certificate has checks of its own
	_, err := c.Handshake(ctx, config)
	if err == nil {
		return nil
	}
	kind, what := handshakeKind(err)
	if kind == HandshakeClosed || kind == HandshakeSilent {
		config.CurvePreferences = []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384}
		if _, classical := c.tryHandshake(ctx, c.HostPort(), config); classical == nil {
			kind = HandshakeLargeHello
			what += ". With classical key shares only the handshake succeeds: something on the way drops a ClientHello " +
				"that does not fit into one packet, as those with post-quantum key shares are. Update or configure " +
				"that firewall or load balancer; GODEBUG=tlsmlkem=0 gets this suite past it"
		}
	}
	return &HandshakeError{kind, fmt.Sprintf("no TLS handshake with %s: %s", c.Where(), what), err}
}

// handshakeKind returns the kind of failure, and what came instead of a
// handshake.
func handshakeKind(err error) (kind, what string) {
	record, isRecord := errors.AsType[tls.RecordHeaderError](err)
	alert, isAlert := errors.AsType[tls.AlertError](err)
	timeout, isNet := errors.AsType[net.Error](err)
	switch {
	case isRecord && strings.HasPrefix(string(record.RecordHeader[:]), "HTTP/"):
		return HandshakePlain, "it answers in plain HTTP, so that TLS ends elsewhere: is the port right?"
	case isRecord:
		return HandshakePlain, fmt.Sprintf("it answers with %q, which is no TLS: is the port right?", record.RecordHeader[:])
	case isAlert:
		return HandshakeAlert, "it refuses with the alert " + strings.TrimPrefix(alert.Error(), "tls: ")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET),
		errors.Is(err, syscall.EPIPE):
		return HandshakeClosed, "it accepts the connection and closes it"
	case errors.Is(err, context.DeadlineExceeded), isNet && timeout.Timeout():
		return HandshakeSilent, fmt.Sprintf("it accepts the connection and says nothing within %s", dialTimeout)
	case strings.HasPrefix(err.Error(), "remote error: tls: "):
		return HandshakeAlert, "it refuses with the alert " + strings.TrimPrefix(err.Error(), "remote error: tls: ")
	}
	return HandshakeOther, err.Error()
}
