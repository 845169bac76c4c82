package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/lsst-sqre/muster/validation/message"
)

// retryLimit is how many requests of one run are sent again because their
// connection was lost. One pod of two that is killed takes along what is under
// way on it, which is half of the 16 checks that run at a time. A deployment
// that loses more is not healthy, however often one tries.
const retryLimit = 8

// Retries are the requests of a run that were sent again.
type Retries struct {
	mu   sync.Mutex
	said []string
}

// Allow reports whether a request that failed may be sent again. If not, the
// error says why. What was sent again is remarked in the output of the check.
func (r *Retries) Allow(ctx context.Context, what string, err error) error {
	if !ConnectionLost(err) {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.said) >= retryLimit {
		return fmt.Errorf("%w; %w: %d requests were sent again already", err, ErrConnectionsLost, retryLimit)
	}
	said := what + ": " + cause(err)
	r.said = append(r.said, said)
	if remark, ok := ctx.Value(onRetry{}).(func(string)); ok {
		remark("sent again because the connection was lost: " + said)
	}
	return nil
}

// ErrConnectionsLost explains failures once the limit is reached.
var ErrConnectionsLost = errors.New("the deployment loses connections")

// onRetry is the key of a context's function that is called before each retry.
type onRetry struct{}

// OnRetry returns a context whose requests call f before each retry, and what the
// context had before.
func OnRetry(ctx context.Context, f func(text string)) context.Context {
	before, _ := ctx.Value(onRetry{}).(func(string))
	return context.WithValue(ctx, onRetry{}, func(text string) {
		f(text)
		if before != nil {
			before(text)
		}
	})
}

// String tells of all repetitions in one line; "" if there were none.
func (r *Retries) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.said) == 0 {
		return ""
	}
	return fmt.Sprintf("%d, because their connections were lost: %s",
		len(r.said), message.Few(slices.Sorted(slices.Values(r.said))))
}

// ConnectionLost reports whether the other side, or something between, ended a
// connection or refused it, so that there is no answer or half of one. A
// timeout is none of these: what is slow would be slow again.
func ConnectionLost(err error) bool {
	for _, kind := range []error{syscall.ECONNRESET, syscall.ECONNREFUSED, syscall.ECONNABORTED, syscall.EPIPE,
		io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, errConnectionReplaced} {
		if errors.Is(err, kind) {
			return true
		}
	}
	// net/http does not export this one.
	return err != nil && strings.HasSuffix(err.Error(), "server closed idle connection")
}

// cause is an error without the addresses, which differ in every run.
func cause(err error) string {
	if number, ok := errors.AsType[syscall.Errno](err); ok {
		return number.Error()
	}
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err.Error()
	}
	return err.Error()
}

// errConnectionReplaced stands for a loss that net/http made good by itself.
var errConnectionReplaced = errors.New("a kept connection was ended")

// retryTransport sends a request again, once, where its connection was lost before
// the whole answer was there, and never one that was answered.
type retryTransport struct {
	next    http.RoundTripper
	retries *Retries
	// harmless reports that requests of every method may be sent again, and not
	// only those that are idempotent.
	harmless bool
}

// idempotent methods have the same effect however often (RFC 9110, section 9.2.2).
var idempotent = []string{http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace,
	http.MethodPut, http.MethodDelete}

// RoundTrip reads the whole body, so that the loss of a part is noticed here.
func (t *retryTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, connections, err := whole(t.next, r)
	if err == nil && connections > 1 {
		if err := t.allow(r, errConnectionReplaced); err != nil {
			return nil, err
		}
		return answer, nil
	}
	// Without a connection nothing can have been sent.
	safe := t.harmless || connections == 0 || slices.Contains(idempotent, r.Method)
	if err == nil || !safe {
		return answer, err
	}
	if err := t.allow(r, err); err != nil {
		return nil, err
	}
	again := r.Clone(r.Context())
	if r.GetBody != nil {
		if again.Body, err = r.GetBody(); err != nil {
			return nil, err
		}
	}
	if answer, _, err = whole(t.next, again); err != nil {
		return nil, fmt.Errorf("%w, also when it was sent again", err)
	}
	return answer, nil
}

func (t *retryTransport) allow(r *http.Request, err error) error {
	return t.retries.Allow(r.Context(), r.Method+" "+r.URL.Path, err)
}

// oneOff sends requests that must not be repeated on connections of their own:
// nginx closes kept connections when it reloads, and what was lost on one of them
// could not be sent again.
type oneOff struct {
	kept, fresh http.RoundTripper
}

func (t *oneOff) RoundTrip(r *http.Request) (*http.Response, error) {
	if slices.Contains(idempotent, r.Method) {
		return t.kept.RoundTrip(r)
	}
	return t.fresh.RoundTrip(r)
}

// whole gives an answer with its body in memory, and on how many connections
// the request was sent: net/http itself replaces one that was kept.
func whole(next http.RoundTripper, r *http.Request) (*http.Response, int64, error) {
	var connections atomic.Int64
	ctx := httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connections.Add(1) },
	})
	answer, err := next.RoundTrip(r.WithContext(ctx))
	if err != nil {
		return nil, connections.Load(), err
	}
	defer func() { _ = answer.Body.Close() }() // it was read
	// One byte more than is allowed, so that the client sees that it is more.
	body, err := io.ReadAll(io.LimitReader(answer.Body, BodyLimit+1))
	if err != nil {
		return nil, connections.Load(), err
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	return answer, connections.Load(), nil
}
