package tokens

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/environment"
)

// forgetful creates tokens and loses the answer to the first request.
type forgetful struct{ asked []gafaelfawr.TokenRequest }

func (f *forgetful) RoundTrip(r *http.Request) (*http.Response, error) {
	var want gafaelfawr.TokenRequest
	if err := json.NewDecoder(r.Body).Decode(&want); err != nil {
		return nil, err
	}
	f.asked = append(f.asked, want)
	if len(f.asked) == 1 {
		return nil, syscall.ECONNRESET
	}
	return &http.Response{
		StatusCode: http.StatusCreated, Request: r, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(`{"token":"` + gafaelfawr.NewToken().Reveal() + `"}`)),
	}, nil
}

// If the answer is lost, the token may exist. Gafaelfawr then refuses a second
// one with the same name.
func TestRepeatedTokenOfAUserHasAnotherName(t *testing.T) {
	t.Parallel()
	for user, want := range map[string][]string{
		"alice":      {"muster abc one", "muster abc one again"},
		"bot-muster": {"", ""}, // tokens of services have no name
	} {
		t.Run(user, func(t *testing.T) {
			t.Parallel()
			env := &environment.Environment{Name: "test", URL: "https://a.example"}
			require.NoError(t, env.Complete("."))
			to, err := client.New(env, nil)
			require.NoError(t, err)
			var gafaelfawrs forgetful
			tokens := New(Options{Context: t.Context(), Environment: env, Client: to})
			tokens.suffix = "abc"
			tokens.api = gafaelfawr.NewClient("https://a.example/auth/api/v1",
				gafaelfawr.ClientOptions{Transport: &gafaelfawrs})
			id, err := tokens.create(t.Context(), gafaelfawr.NewToken(), Spec{Name: "one", User: user})
			require.NoError(t, err)
			var names []string
			for _, a := range gafaelfawrs.asked {
				names = append(names, a.Name)
			}
			assert.Equal(t, want, names)
			assert.Equal(t, want[1], id.Info.Name)
			assert.Len(t, tokens.lost, 1, "the first may exist")
		})
	}
}
