package muster

import (
	"net/http"
	"time"

	"github.com/lsst-sqre/muster/muster/daemon"
)

// route is one path of the server.
type route struct {
	// path is below the prefix. Paths are compared byte by byte: a path that an
	// ingress took for another one (//, .., encoded slashes) is not found here.
	path string
	// label names the route in metrics and logs.
	label string
	// methods allowed; nil: all.
	methods []string
	serve   func(http.ResponseWriter, *exchange)
	// quiet routes are logged at level DEBUG because the cluster asks them often.
	quiet bool
	// callsUpstream: the route may ask Gafaelfawr.
	callsUpstream bool
	// below: the route answers for paths below its own, too, for checks that send paths
	// of any form and ending. Those of an ingress of type Prefix get there.
	below bool
	// verbatim routes answer exactly like Python Muster, header lines included.
	verbatim bool
}

// exchange is one request with its answer.
type exchange struct {
	*http.Request
	answer    *daemon.Recorder
	requestID string
	route     *route
	start     time.Time
	body      *Body  // nil for none
	report    Status // of a probe; empty otherwise
}

// internalError refers to the log, which has more than a stranger should see.
func (x *exchange) internalError() string {
	return "Internal error of Muster; see its log for the request id " + x.requestID
}
