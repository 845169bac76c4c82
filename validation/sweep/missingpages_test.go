package sweep

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/lsst-sqre/muster/validation/answers"
	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/kubernetes/ingressnginx"
)

func answered(service, body string, change func(*client.Response)) Result {
	r := client.Response{Code: http.StatusOK, Header: http.Header{"Content-Type": {"text/html"}}, Body: []byte(body)}
	if change != nil {
		change(&r)
	}
	return Result{Route: ingressnginx.Route{Service: service}, Answer: &answers.Answer{Response: r}}
}

func TestLike(t *testing.T) {
	t.Parallel()
	page := "<html>" + strings.Repeat("home ", 50)
	nowhere := MissingPages{home: answered("squareone/squareone", page, nil)}
	assert.True(t, answered("mobu/mobu", page, nil).Like(nowhere))
	assert.True(t, answered("mobu/mobu", page+" and what differs further down", nil).Like(nowhere))

	assert.False(t, answered("squareone/squareone", page, nil).Like(nowhere), "it is the application's own page")
	assert.False(t, answered("mobu/mobu", "another "+page, nil).Like(nowhere))
	assert.False(t, answered("mobu/mobu", page, func(r *client.Response) { r.Code = http.StatusAccepted }).Like(nowhere))
	assert.False(t, answered("mobu/mobu", page, func(r *client.Response) {
		r.Header = http.Header{"Content-Type": {"application/json"}}
	}).Like(nowhere))
	const nginx = "<center>nginx</center>"
	assert.False(t,
		answered("mobu/mobu", page+nginx, nil).Like(MissingPages{home: answered("squareone/squareone", page+nginx, nil)}))
}

// Many applications answer the same few words.
func TestLikeLeavesShortPagesOut(t *testing.T) {
	t.Parallel()
	short := strings.Repeat("x", 100)
	assert.False(t,
		answered("mobu/mobu", short, nil).Like(MissingPages{home: answered("squareone/squareone", short, nil)}))
	assert.True(t,
		answered("mobu/mobu", short+"x", nil).Like(MissingPages{home: answered("squareone/squareone", short+"x", nil)}))
}
