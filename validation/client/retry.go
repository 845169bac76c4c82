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
	"time"

	"github.com/lsst-sqre/muster/validation/message"
)

// retryLimit bounds the requests of one run that are sent again because their
// connection was lost. If one pod of two is killed, it takes half of the 16
// parallel checks along. A deployment that loses more is not healthy, however
// often a request is repeated.
const retryLimit = 8

// Retries counts the requests of a run that were sent again.
type Retries struct {
	mu   sync.Mutex
	sent []string
	// reloads is how often this run itself has the ingress reload.
	reloads int
}

// Reloads says that this run makes objects for which the ingress reloads so often. Each
// reload may end as many connections as a healthy deployment loses in a whole run.
func (r *Retries) Reloads(times int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reloads = times
}

// Allow reports whether a failed request may be sent again; if not, the error
// says why. The output of the check names each repeated request.
func (r *Retries) Allow(ctx context.Context, what string, err error) error {
	if !ConnectionLost(err) {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.sent) >= retryLimit*(1+r.reloads) {
		return fmt.Errorf("%w; %w: %d requests were sent again already", err, ErrConnectionsLost, len(r.sent))
	}
	repeated := what + ": " + cause(err)
	r.sent = append(r.sent, repeated)
	if remark, ok := ctx.Value(onRetry{}).(func(string)); ok {
		remark("sent again because the connection was lost: " + repeated)
	}
	return nil
}

// ErrConnectionsLost explains failures once the limit is reached.
var ErrConnectionsLost = errors.New("the deployment loses connections")

// onRetry is the context key of a function for each retry.
type onRetry struct{}

// OnRetry returns a context whose requests call f before each retry, after the
// functions of the parent context.
func OnRetry(ctx context.Context, f func(text string)) context.Context {
	before, _ := ctx.Value(onRetry{}).(func(string))
	return context.WithValue(ctx, onRetry{}, func(text string) {
		f(text)
		if before != nil {
			before(text)
		}
	})
}

// String describes all retries in one line, or "".
func (r *Retries) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.sent) == 0 {
		return ""
	}
	return fmt.Sprintf("%d, because their connections were lost: %s",
		len(r.sent), message.Few(slices.Sorted(slices.Values(r.sent))))
}

// ConnectionLost reports whether a connection was ended or refused, so that
// there is no whole answer. A timeout is different, because a slow answer would
// be slow again.
func ConnectionLost(err error) bool {
	for _, kind := range []error{syscall.ECONNRESET, syscall.ECONNREFUSED, syscall.ECONNABORTED, syscall.EPIPE,
		io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, errConnectionReplaced} {
		if errors.Is(err, kind) {
			return true
		}
	}
	// net/http does not export this error.
	return err != nil && strings.HasSuffix(err.Error(), "server closed idle connection")
}

// cause returns an error without addresses, because they differ in every run.
func cause(err error) string {
	if number, ok := errors.AsType[syscall.Errno](err); ok {
		return number.Error()
	}
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err.Error()
	}
	return err.Error()
}

// errConnectionReplaced stands for a lost connection that net/http itself
// replaced.
var errConnectionReplaced = errors.New("a kept connection was ended")

// errReplacedForGood ends a request that net/http would send for ever.
var errReplacedForGood = fmt.Errorf("%w: %d connections ended without an answer", ErrConnectionsLost, connectionLimit)

// retryTransport sends a request again, at most twice, if its connection was lost before
// the whole answer arrived. It never repeats an answered request.
type retryTransport struct {
	next    http.RoundTripper
	retries *Retries
	// harmless allows repeating requests of every method, not only idempotent
	// ones.
	harmless bool
}

// idempotent methods may be repeated without a further effect (RFC 9110,
// section 9.2.2).
var idempotent = []string{http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace,
	http.MethodPut, http.MethodDelete}

// RoundTrip reads the whole body to notice the loss of a part.
func (t *retryTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, connections, err := whole(t.next, r)
	if err == nil && connections > 1 {
		if err := t.allow(r, errConnectionReplaced); err != nil {
			return nil, err
		}
		return answer, nil
	}
	for _, pause := range []time.Duration{0, reloadPause} {
		// Without a connection nothing can have been sent. PATCHes of Gafaelfawr's API set what they name.
		safe := t.harmless || connections == 0 || slices.Contains(idempotent, r.Method) || r.Method == http.MethodPatch
		if err == nil || !safe {
			return answer, err
		}
		if refused := t.allow(r, err); refused != nil {
			return nil, refused
		}
		answer, connections, err = t.again(r, pause)
	}
	if err != nil {
		return nil, fmt.Errorf("%w, also when it was sent again", err)
	}
	return answer, nil
}

// reloadPause is the pause before a request is sent for the third time. An nginx that
// loads a new configuration ends connections for that long, and the canary of -write
// has it do so twice.
const reloadPause = time.Second

func (t *retryTransport) again(r *http.Request, pause time.Duration) (*http.Response, int64, error) {
	select {
	case <-r.Context().Done():
		return nil, 0, context.Cause(r.Context())
	case <-time.After(pause):
	}
	again := r.Clone(r.Context())
	if r.GetBody != nil {
		var err error
		if again.Body, err = r.GetBody(); err != nil {
			return nil, 0, err
		}
	}
	return whole(t.next, again)
}

func (t *retryTransport) allow(r *http.Request, err error) error {
	return t.retries.Allow(r.Context(), r.Method+" "+r.URL.Path, err)
}

// oneOff sends requests that must not be repeated on connections of their own.
// nginx closes kept connections when it reloads, and a request that was lost on
// one could not be sent again.
type oneOff struct {
	kept, fresh http.RoundTripper
}

func (t *oneOff) RoundTrip(r *http.Request) (*http.Response, error) {
	if slices.Contains(idempotent, r.Method) {
		return t.kept.RoundTrip(r)
	}
	return t.fresh.RoundTrip(r)
}

// connectionLimit bounds the connections on which net/http itself sends one
// request. It has no bound of its own for HTTP/2: a GOAWAY on each connection
// makes a thousand of one request. Several may be kept ones that have ended.
const connectionLimit = 16

// whole returns an answer with its body in memory, and the number of
// connections on which the request was sent, because net/http itself replaces a
// kept connection.
func whole(next http.RoundTripper, r *http.Request) (*http.Response, int64, error) {
	var connections atomic.Int64
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil) // the body was read
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) {
			if connections.Add(1) > connectionLimit {
				cancel(errReplacedForGood)
			}
		},
	})
	answer, err := next.RoundTrip(r.WithContext(ctx))
	if err != nil && errors.Is(context.Cause(ctx), errReplacedForGood) {
		return nil, connections.Load(), errReplacedForGood
	}
	if err != nil {
		return nil, connections.Load(), err
	}
	defer func() { _ = answer.Body.Close() }() // it was read
	// One byte more than allowed shows the client that there is more.
	body, err := io.ReadAll(io.LimitReader(answer.Body, BodyLimit+1))
	if err != nil {
		return nil, connections.Load(), err
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	return answer, connections.Load(), nil
}
