package client

import (
	"bytes"
	"io"
	"net/http"
)

// Exchange is a request with its whole answer, of any check or API client.
type Exchange struct {
	Request *http.Request
	// Answer has no body; Body has it.
	Answer *http.Response
	Body   []byte
}

// observer calls f with every answer, unless f is nil.
type observer struct{ f func(Exchange) }

// observing calls the observer with every whole answer.
type observing struct {
	observer *observer
	next     http.RoundTripper
}

// RoundTrip reads the body, which is already in memory.
func (o *observing) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := o.next.RoundTrip(r)
	if err != nil || o.observer.f == nil {
		return answer, err
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	o.observer.f(Exchange{Request: r, Answer: answer, Body: body})
	return answer, nil
}
