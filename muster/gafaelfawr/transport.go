package gafaelfawr

import (
	"errors"
	"fmt"
	"io"
	"net/http"
)

var errSwitched = errors.New("answered 101, to switch protocols, which no client here requests")

// SafeTransport wraps the innermost transport of a client. It rejects an answer
// that switches protocols, because net/http then hands out the bare connection,
// whose reads have no timeout. It ends a body beyond limit bytes with an error;
// zero is no limit.
func SafeTransport(next http.RoundTripper, limit int64) http.RoundTripper {
	return safeTransport{next, limit}
}

type safeTransport struct {
	next  http.RoundTripper
	limit int64
}

// RoundTrip implements http.RoundTripper.
func (t safeTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := t.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode == http.StatusSwitchingProtocols {
		_ = answer.Body.Close() // it is not read
		return nil, errSwitched
	}
	if t.limit > 0 {
		answer.Body = &limitedBody{answer.Body, t.limit, t.limit}
	}
	return answer, nil
}

// CloseIdleConnections lets http.Client close idle connections of the wrapped
// transport.
func (t safeTransport) CloseIdleConnections() {
	if closer, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		closer.CloseIdleConnections()
	}
}

// limitedBody fails beyond its limit. http.MaxBytesReader would need the writer
// of a server.
type limitedBody struct {
	io.ReadCloser
	limit, left int64
}

func (b *limitedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, fmt.Errorf("the answer has more than %d bytes", b.limit)
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left >= 0 {
		return n, err
	}
	return n - 1, fmt.Errorf("the answer has more than %d bytes", b.limit)
}
