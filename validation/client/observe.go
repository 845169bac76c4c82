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

// Observe has f called for every answer from now on; f must be safe for
// concurrent use. It is called before the first request.
func (c *Client) Observe(f func(Exchange)) { c.observe = f }

// observing calls the observer of a client with every whole answer.
type observing struct {
	client *Client
	next   http.RoundTripper
}

// RoundTrip reads the body, which is in memory already.
func (o *observing) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := o.next.RoundTrip(r)
	if err != nil || o.client.observe == nil {
		return answer, err
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	o.client.observe(Exchange{Request: r, Answer: answer, Body: body})
	return answer, nil
}
