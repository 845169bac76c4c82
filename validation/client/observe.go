package client

import (
	"bytes"
	"io"
	"net/http"
)

// Exchange is a request and the whole answer to it, as every request of a
// client ends, of whatever check or API client it is.
type Exchange struct {
	Request *http.Request
	// Answer is without its body, which is Body.
	Answer *http.Response
	Body   []byte
}

// observer calls f, which may be nil, with every answer.
type observer struct{ f func(Exchange) }

// observing calls the observer with every whole answer.
type observing struct {
	observer *observer
	next     http.RoundTripper
}

// RoundTrip reads the body, which is in memory already.
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
