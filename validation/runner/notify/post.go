package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/go-resty/resty/v2"

	"github.com/lsst-sqre/muster/muster/daemon"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

const (
	// PostTimeout bounds one message with its answer.
	PostTimeout = 30 * time.Second
	// dialTimeout bounds the connection, including the look-up of the name.
	dialTimeout = 10 * time.Second
	// replyLimit bounds the answer, in bytes; Slack's is one word.
	replyLimit = 1 << 10
	// secretLimit bounds a file with a URL, in bytes.
	secretLimit = 4 << 10
)

// Pauses between two attempts to deliver a message. The last one also bounds a
// Retry-After, because newer news waits as long.
const (
	firstPause = 2 * time.Second
	lastPause  = 5 * time.Minute
)

// failure says why a message was not acknowledged.
type failure struct {
	// reason contains only the host of the URL.
	reason string
	// unsure: the receiver may have got the message.
	unsure bool
	// after is the receiver's Retry-After, or zero.
	after time.Duration
}

// poster sends messages.
type poster struct{ client *resty.Client }

func newPoster(caFile string) (*poster, error) {
	transport, err := newTransport(caFile)
	if err != nil {
		return nil, err
	}
	// The URL is a secret like a token: redirects are not followed, and it is not
	// logged.
	client := gafaelfawr.NewHTTPClient(gafaelfawr.ClientOptions{Transport: transport, Timeout: PostTimeout})
	return &poster{client.SetDoNotParseResponse(true)}, nil
}

// newTransport makes a connection for each message, because messages are rare
// and one on a connection that the receiver has closed would be lost. The time
// to connect is well below that of the message, so that a packet filter that
// drops everything is distinguished from a lost answer.
func newTransport(caFile string) (*http.Transport, error) {
	t, err := daemon.NewTransport(caFile, dialTimeout)
	if err != nil {
		return nil, err
	}
	t.Proxy = http.ProxyFromEnvironment
	t.DisableKeepAlives = true
	return t, nil
}

// readURL returns the one URL in a file. The error does not quote the file.
func readURL(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(f, secretLimit))
	if err != nil {
		return "", err
	}
	address := strings.TrimSpace(string(text))
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" ||
		strings.ContainsAny(address, " \t\r\n") {
		return "", fmt.Errorf("%s does not hold one URL that begins with https://", file)
	}
	return address, nil
}

// send posts a message to the URL in the file, once.
func (p *poster) send(ctx context.Context, file, text string) *failure {
	address, err := readURL(file)
	if err != nil {
		return &failure{reason: err.Error()}
	}
	got, err := p.client.R().SetContext(ctx).
		SetHeader("Content-Type", "application/json").
		SetBody(map[string]string{"text": text}).
		Post(address)
	if err != nil {
		return &failure{reason: reasonOf(err, address), unsure: mayHaveLeft(err)}
	}
	defer func() { _ = got.RawBody().Close() }() // nothing more is expected
	reply, _ := io.ReadAll(io.LimitReader(got.RawBody(), replyLimit))
	if got.IsSuccess() {
		return nil
	}
	return &failure{
		reason: fmt.Sprintf("the receiver answered %d%s", got.StatusCode(), replyWord(reply)),
		// A proxy also answers so for a receiver that it reached.
		unsure: got.StatusCode() == http.StatusBadGateway || got.StatusCode() == http.StatusGatewayTimeout,
		after:  retryAfter(got.Header().Get("Retry-After"), time.Now()),
	}
}

// mayHaveLeft reports whether the request may have arrived. It cannot have
// without a connection.
func mayHaveLeft(err error) bool {
	if op, ok := errors.AsType[*net.OpError](err); ok && (op.Op == "dial" || op.Op == "proxyconnect") {
		return false
	}
	_, unknown := errors.AsType[*net.DNSError](err)
	_, distrusted := errors.AsType[*tls.CertificateVerificationError](err)
	return !unknown && !distrusted
}

// replyWord returns Slack's own name of an error, such as no_service. Any other
// part of an answer may repeat the request.
func replyWord(reply []byte) string {
	if word := strings.TrimSpace(string(reply)); slackError.MatchString(word) {
		return ": " + word
	}
	return ""
}

var slackError = regexp.MustCompile(`\A[a-z]+(_[a-z]+){1,5}\z`)

// retryAfter reads the header's two forms (RFC 9110, section 10.2.3).
func retryAfter(value string, now time.Time) time.Duration {
	var pause time.Duration
	if seconds, err := strconv.Atoi(value); err == nil {
		pause = time.Duration(min(seconds, int(lastPause.Seconds()))) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		pause = at.Sub(now)
	}
	return min(max(pause, 0), lastPause)
}

// reasonOf returns the error without the URL, which net/http puts in front of
// it.
func reasonOf(err error, address string) string {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	text := err.Error()
	if u, parsed := url.Parse(address); parsed == nil {
		for _, secret := range []string{address, u.String(), u.RequestURI(), u.Path, u.RawQuery, u.User.String()} {
			if len(secret) > 1 {
				text = strings.ReplaceAll(text, secret, "<hidden>")
			}
		}
	}
	return gafaelfawr.Redact(text)
}
