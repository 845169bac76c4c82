package runner

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/runner/history"
)

// options are the parameters of POST /run.
type options struct {
	runRequest
	// output includes the output of checks.
	output bool
	// mobu reports that the client sent mobu's body and knows mobu's members.
	mobu bool
	// joined reports that the run was already in progress.
	joined bool
}

// choices are the parameters of the query with their values, the default first.
// run may have any value.
var choices = map[string][]string{
	"run":    nil,
	"busy":   {"join", "refuse"},
	"leave":  {"continue", "stop"},
	"output": {"false", "true"},
}

// readOptions reads the query. Each error is one sentence.
func readOptions(query url.Values) (o options, wrong []gafaelfawr.Detail) {
	bad := func(name, format string, args ...any) {
		wrong = append(wrong, gafaelfawr.Detail{
			Type: "value_error", Loc: []any{"query",
				gafaelfawr.Redact(name)}, Message: gafaelfawr.Redact(fmt.Sprintf(format, args...)),
		})
	}
	for name, values := range query {
		allowed, known := choices[name]
		switch {
		case !known:
			bad(name, "%q is not a parameter; known are run, busy, leave and output", name)
		case len(values) != 1:
			bad(name, "%q is given more than once", name)
		case allowed != nil && !slices.Contains(allowed, values[0]):
			bad(name, "%q is not one of %s", values[0], strings.Join(allowed, ", "))
		}
	}
	pattern := query.Get("run")
	if err := checkPattern(pattern); err != nil {
		bad("run", "%v", err)
	}
	o.trigger, o.pattern = history.OnRequest, pattern
	o.exclusive, o.detached = query.Get("busy") == "refuse", query.Get("leave") != "stop"
	o.output = query.Get("output") == "true"
	return o, wrong
}
