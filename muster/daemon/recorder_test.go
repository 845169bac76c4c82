package daemon

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRecorder(t *testing.T) {
	t.Parallel()
	inner := httptest.NewRecorder()
	r := &Recorder{ResponseWriter: inner}
	assert.Zero(t, r.Status, "nothing was answered yet")
	for _, text := range []string{"first", " second"} {
		_, err := r.Write([]byte(text))
		require.NoError(t, err)
	}
	assert.Equal(t, [2]int{http.StatusOK, len("first second")}, [2]int{r.Status, r.Bytes})
	assert.Equal(t, "first second", inner.Body.String())
	assert.NoError(t, http.NewResponseController(r).Flush())

	r = &Recorder{ResponseWriter: httptest.NewRecorder()}
	r.WriteHeader(http.StatusTeapot)
	r.WriteHeader(http.StatusOK)
	assert.Equal(t, http.StatusTeapot, r.Status, "the first status is the one that the client gets")
}
