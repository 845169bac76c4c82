package kubernetes

import (
	"context"
	"errors"
	"io"
	"net/http"

	"golang.org/x/sync/semaphore"
	"k8s.io/apimachinery/pkg/runtime"
)

const (
	// heaviest bounds one answer of the API server, as it weighs. Of objects etcd
	// keeps at most 1.5 MiB each, though they hardly ever are so large.
	heaviest = 8 << 20
	// light is what an answer may weigh that is read beside others.
	light = 256 << 10
	// structure is what a member or an element weighs in bytes: so many more it
	// takes when it is decoded.
	structure = 32
)

// errHeavy ends an answer that is too heavy.
var errHeavy = errors.New("the answer of the API server is too large")

// large is held while something large is read and decoded, so that many large
// answers at the same time take no more memory than one.
var large = semaphore.NewWeighted(1)

// errWait ends an answer that is large while another is read.
var errWait = errors.New("another large answer is read")

// turn is that of one reader, who may come to hold large.
type turn struct{ held bool }

type turnKey struct{}

// end ends the turn, when what was read is decoded.
func (t *turn) end() {
	if t.held {
		large.Release(1)
	}
}

// take reports whether the reader may go on with something large.
func (t *turn) take() bool {
	if t != nil && !t.held {
		t.held = large.TryAcquire(1)
		return t.held
	}
	return true
}

// read asks the API server. What waits for its turn does so without a request
// under way, whose time is short, and asks again.
func (t *turn) read(ctx context.Context, ask func(context.Context) error) error {
	err := ask(context.WithValue(ctx, turnKey{}, t))
	if errors.Is(err, errWait) {
		if err = t.wait(ctx); err == nil {
			err = ask(context.WithValue(ctx, turnKey{}, t))
		}
	}
	if runtime.IsMissingKind(err) { // its text repeats the answer, which may be a Secret
		return errNoKind
	}
	return err
}

var errNoKind = errors.New("the answer is no object of Kubernetes: it has no kind")

func (t *turn) wait(ctx context.Context) error {
	if t.held {
		return nil
	}
	if large.Acquire(ctx, 1) != nil {
		return context.Cause(ctx)
	}
	t.held = true
	return nil
}

// weighing bounds the answers of a transport by what they take when they are
// decoded.
type weighing struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (w weighing) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := w.next.RoundTrip(r)
	if err == nil {
		t, _ := r.Context().Value(turnKey{}).(*turn)
		answer.Body = &weighedBody{answer.Body, t, 0}
	}
	return answer, err
}

type weighedBody struct {
	io.ReadCloser
	turn   *turn
	weight int
}

// Read implements io.Reader.
func (b *weighedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.weight += n
	for _, c := range p[:n] {
		if c == ',' || c == ':' || c == '{' || c == '[' {
			b.weight += structure
		}
	}
	switch {
	case b.weight > heaviest:
		return n, errHeavy
	case b.weight > light && !b.turn.take():
		return n, errWait
	}
	return n, err
}
