package answers

import (
	"regexp"
	"slices"
	"strings"

	"github.com/lsst-sqre/muster/muster"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/verdict"
)

var instanceName = regexp.MustCompile(`^[0-9a-f]+$`)

// Unchanged verifies that Muster's answer arrived with the headers that Muster
// gave it. A repeated line with the same meaning is harmless, because a proxy
// may add its own.
func (a *Answer) Unchanged() {
	var want []gafaelfawr.HeaderLine
	kind := "application/json"
	report, err := a.report()
	switch {
	case strings.Contains(a.Request.Target.Path, "/pages/"):
		kind, want = "text/html; charset=utf-8", muster.PageHeaders
	case err == nil:
		want = muster.ReportHeaders
		a.HeaderIs(muster.InstanceHeader, report.Server.Instance)
	}
	a.HeaderIs("Content-Type", kind)
	for _, line := range want {
		got := a.Header.Values(line.Name())
		same := len(got) > 0 && !slices.ContainsFunc(got, func(value string) bool { return value != line.Value() })
		// Browsers ignore this header if it is repeated.
		once := line.Name() != "Cross-Origin-Opener-Policy" || len(got) == 1
		a.by.Expect(same && once, a, line.Name()+": "+line.Value(), describeLines(line.Name(), got),
			verdict.Header("", line.Name(), got, line.Value()))
	}
	if want != nil {
		got := a.Header.Values(muster.InstanceHeader)
		a.by.Expect(len(got) == 1 && instanceName.MatchString(got[0]), a, "one line "+muster.InstanceHeader,
			describeLines(muster.InstanceHeader, got),
			verdict.Header("", muster.InstanceHeader, got, "one line"))
	}
}
