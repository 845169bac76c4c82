package answers

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/findings"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// retryPause is the pause before a request is sent again. By then a lock, or a
// connection that an upstream has closed, is gone.
const retryPause = 300 * time.Millisecond

// steadyLimit is how many requests of one check must have been answered in the same way
// twice until wrong answers are no accidents in it: each request that is sent again takes
// a pause.
const steadyLimit = 3

// flaps sends a request again if its status is wrong and may be an accident. It
// reports whether the second answer is as wanted. The second request has a
// connection of its own, so that a balancer may choose anew.
func (a *Answer) flaps(want []int) bool {
	accident := a.Code == http.StatusUnauthorized || a.Code == http.StatusForbidden || a.Code == http.StatusNotFound ||
		a.Code >= 500 || a.entered(want)
	if !accident || a.repeated || a.Err != nil || a.by.ctx.Err() != nil || a.by.steady.Load() >= steadyLimit {
		return false
	}
	a.repeated = true
	first := a.Response // from here on the second answer counts
	select {
	case <-a.by.ctx.Done():
		return false
	case <-time.After(retryPause):
	}
	again := a.by.Send(a.Request)
	if again.Err == nil && again.Code == a.Code {
		a.by.steady.Add(1)
		return false
	}
	a.by.steady.Store(0)
	if again.Err != nil || !slices.Contains(want, again.Code) {
		return false
	}
	a.by.Flapped(&first, a.Request.Method, a.Request.Target.Path, a.Code, again.Code)
	a.Response = again.Response
	return true
}

// entered reports whether a caller got in who must be refused, and may ask again.
func (a *Answer) entered(want []int) bool {
	harmless := a.Request.Method == http.MethodGet || a.Request.Method == http.MethodHead ||
		a.by.env.Muster.Path != "" && strings.HasPrefix(a.Request.Target.Path, a.by.env.Muster.Path+"/probes/")
	return harmless && a.Code/100 == 2 &&
		!slices.ContainsFunc(want, func(status int) bool { return status != 302 && !findings.Refusal(status) })
}

// Flapped records a request whose second answer differed from the first.
func (s *Sender) Flapped(about *client.Response, method, path string, first, then int) {
	f := findings.New("the same answer each time",
		fmt.Sprintf("%s %s: %d first, and %d when it was asked again", method, path, first, then),
		verdict.Of(verdict.CodeFlapping, "first", strconv.Itoa(first), "then", strconv.Itoa(then),
			"method", method, "path", path))
	f.Hole = first/100 == 2 && then/100 > 2
	s.Record(findings.Failure{About: about, Finding: f})
}
