package client

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// patientTransport repeats a request that something in front refused, and
// bounds each try. It is the outermost transport.
type patientTransport struct {
	next     http.RoundTripper
	patience *Patience
	// fresh reports that each request has its own connection.
	fresh bool
}

// RoundTrip implements http.RoundTripper. The wrapped transport returns answers
// with their whole body.
func (t *patientTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	where, status := r.Method+" "+r.URL.Path, 0
	for tries := 1; ; tries++ {
		if err := t.patience.wait(ctx); err != nil {
			return nil, err
		}
		again, err := repeatable(r, tries)
		if err != nil {
			return nil, err
		}
		answer, err := t.once(again)
		if err != nil {
			return nil, err
		}
		if !inFront(answer) {
			t.patience.answered(where, status)
			return answer, nil
		}
		status = answer.StatusCode
		if refused, ok := ctx.Value(onRefusal{}).(func(*http.Response)); ok {
			refused(answer)
		}
		after, more := t.patience.refused(where, status, tries, retryAfter(answer.Header), !t.fresh)
		if !more && t.patience.known(status) {
			return nil, fmt.Errorf("%w: %s got %d %d times", ErrLimited, where, status, tries)
		}
		if !more {
			return answer, nil
		}
		if err := pause(ctx, after); err != nil {
			return nil, err
		}
	}
}

var errTimeout = fmt.Errorf("no answer within %s: %w", Timeout, context.DeadlineExceeded)

// once makes one try.
func (t *patientTransport) once(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeoutCause(r.Context(), Timeout, errTimeout)
	defer cancel() // the body was read
	answer, err := t.next.RoundTrip(r.WithContext(ctx))
	if err != nil && r.Context().Err() == nil && ctx.Err() != nil {
		return nil, errTimeout
	}
	return answer, err
}

// repeatable returns the request with its body rewound.
func repeatable(r *http.Request, tries int) (*http.Request, error) {
	if tries == 1 || r.GetBody == nil {
		return r, nil
	}
	again := r.Clone(r.Context())
	var err error
	again.Body, err = r.GetBody()
	return again, err
}

// inFront reports whether an answer is the refusal of a limit in front, and
// neither Gafaelfawr's nor an application's own.
func inFront(answer *http.Response) bool {
	switch answer.StatusCode {
	case http.StatusTooManyRequests:
		for name := range answer.Header {
			if strings.HasPrefix(name, "X-Ratelimit-") {
				return false
			}
		}
		_, err := gafaelfawr.ParseErrorBody(peek(answer))
		return err != nil
	case http.StatusServiceUnavailable:
		return !strings.Contains(answer.Header.Get("Content-Type"), "json")
	}
	return false
}

// peek returns the body, which can still be read.
func peek(answer *http.Response) []byte {
	body, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close() // it is in memory
	answer.Body = io.NopCloser(bytes.NewReader(body))
	if err != nil {
		return nil
	}
	return body
}

// retryAfter reads the header in either form; 0 without one.
func retryAfter(h http.Header) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(text); err == nil {
		return time.Duration(max(0, min(seconds, 3600))) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, time.Until(at))
	}
	return 0
}
