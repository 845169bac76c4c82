package answers

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/findings"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// againAfter is the pause before a request is asked again: a connection that an
// upstream has closed, or a lock, is gone by then.
const againAfter = 300 * time.Millisecond

// flaps asks the one request again whose status is not as it should be and may
// be an accident, and reports whether it is answered as wanted now. It is asked
// on a connection of its own where a balancer may choose anew.
func (a *Answer) flaps(want []int) bool {
	accident := a.Code == http.StatusUnauthorized || a.Code >= 500
	if !accident || a.asked || a.Err != nil || a.by.ctx.Err() != nil {
		return false
	}
	a.asked = true
	first := a.Response // what follows goes by the second answer
	select {
	case <-a.by.ctx.Done():
		return false
	case <-time.After(againAfter):
	}
	again := a.by.Send(a.Request)
	if again.Err != nil || again.Code == a.Code || !slices.Contains(want, again.Code) {
		return false
	}
	a.by.Flapped(&first, a.Request.Method, a.Request.Target.Path, a.Code, again.Code)
	a.Response = again.Response
	return true
}

// Flapped records that one request was answered differently when it was asked
// again.
func (s *Sender) Flapped(about *client.Response, method, path string, first, then int) {
	s.Record(findings.Failure{About: about, Finding: findings.New("the same answer each time",
		fmt.Sprintf("%s %s: %d first, and %d when it was asked again", method, path, first, then),
		verdict.Of(verdict.CodeFlapping, "first", strconv.Itoa(first), "then", strconv.Itoa(then),
			"method", method, "path", path))})
}
