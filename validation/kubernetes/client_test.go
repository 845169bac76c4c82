package kubernetes

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
)

// podLog is a transport that answers everything with one log.
type podLog struct {
	status int
	body   io.Reader
}

func (l podLog) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: l.status, Body: io.NopCloser(l.body), Request: r}, nil
}

func (l podLog) read(t *testing.T) (string, error) {
	return readLog(t.Context(), &http.Client{Transport: l}, "http://kubernetes.example/log")
}

func TestReadLog(t *testing.T) {
	t.Parallel()
	text, err := podLog{http.StatusOK, strings.NewReader("first\nlast")}.read(t)
	require.NoError(t, err)
	assert.Equal(t, "first\nlast", text)

	text, err = podLog{http.StatusForbidden, strings.NewReader("no")}.read(t)
	require.EqualError(t, err, "no log: status 403")
	assert.Empty(t, text)

	lost := errors.New("the connection is lost")
	text, err = podLog{http.StatusOK, io.MultiReader(strings.NewReader("first\nla"), iotest.ErrReader(lost))}.read(t)
	require.ErrorIs(t, err, lost)
	assert.Empty(t, text, "it may end in the middle of a token")
}

// A long log is cut at the end of a line, because a part of a token would not be
// recognized.
func TestReadLogLeavesNoPieceOfAToken(t *testing.T) {
	t.Parallel()
	const token, more = "gt-AbCdEfGhIjKlMnOpQrStUv.0a1b2c3d4e5f6g7h8i9j_k", "\nthe next line\n"
	lines := strings.Repeat("some words\n", logLimit/11+1)
	// Long texts with the same beginning are told apart by their length and end.
	end := func(text string) string {
		return fmt.Sprintf("%d bytes, … %q", len(text), text[max(0, len(text)-40):])
	}
	assertEnd := func(log, want string) {
		t.Helper()
		got, err := podLog{http.StatusOK, strings.NewReader(log)}.read(t)
		require.NoError(t, err)
		assert.Equal(t, end(want), end(got))
	}
	for n := range token {
		before := lines[:logLimit-n-1] + "\n"
		assertEnd(before+token+more, before+cutHere)
	}
	assertEnd(lines[:logLimit], lines[:logLimit])
	assertEnd(strings.Repeat("x", logLimit)+token+more, cutHere)
}

// An answer that is no object is not repeated, because it may hold a Secret.
func TestAnswerWithoutKind(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"data":{"password":"c2VjcmV0"}}`)
	}))
	t.Cleanup(server.Close)
	api, err := dynamic.NewForConfig(&rest.Config{Host: server.URL})
	require.NoError(t, err)
	client := &Client{Interface: api}
	_, err = client.Object(t.Context(), Secrets.Resource, "gafaelfawr", "gafaelfawr")
	require.ErrorIs(t, err, errNoKind)
	_, err = List(t.Context(), client, Secrets, "gafaelfawr", "")
	require.ErrorIs(t, err, errNoKind)
}
