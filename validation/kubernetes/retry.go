package kubernetes

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"time"
)

const (
	// tries bounds how often a GET is sent while the API server is overloaded or
	// its replicas change.
	tries = 5
	// firstPause comes before the second try. Each further pause is twice as
	// long.
	firstPause = 500 * time.Millisecond
	// longestPause bounds the pause that the API server may request.
	longestPause = 10 * time.Second
)

// retrying repeats GETs that the API server cannot answer for now. It sends
// changes once.
type retrying struct {
	next  http.RoundTripper
	pause time.Duration
}

// RoundTrip sends the request.
func (r retrying) RoundTrip(request *http.Request) (*http.Response, error) {
	pause := r.pause
	for try := 1; ; try++ {
		answer, err := r.next.RoundTrip(request)
		if err != nil || request.Method != http.MethodGet || try == tries || !busy(answer.StatusCode) {
			return answer, err
		}
		_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<16)) // so that the connection can be used again
		_ = answer.Body.Close()
		if err := sleep(request.Context(), waitFor(answer, pause)); err != nil {
			return nil, err
		}
		pause *= 2
	}
}

// busy reports whether a status says that the same request may succeed soon. 500 is
// also what the API server says while etcd elects a leader.
func busy(status int) bool {
	return status == http.StatusTooManyRequests || status >= http.StatusInternalServerError
}

// waitFor returns the pause that the API server requests, within bounds, or
// else ours.
func waitFor(answer *http.Response, ours time.Duration) time.Duration {
	seconds, err := strconv.Atoi(answer.Header.Get("Retry-After"))
	if err != nil || seconds < 1 {
		return ours
	}
	return min(time.Duration(seconds)*time.Second, longestPause)
}

func sleep(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
