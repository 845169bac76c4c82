package answers

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/lsst-sqre/muster/muster"
	"github.com/lsst-sqre/muster/muster/chosen"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/verdict"
)

var instanceName = regexp.MustCompile(`^[0-9a-f]+$`)

// effective are headers that change what browsers, caches and programs do with an
// answer, so that nothing on the way may add them. Others, such as Via, are harmless, and
// those for the security of browsers are told once for all answers (invariants).
var effective = []string{
	"Access-Control-Allow-Credentials", "Access-Control-Allow-Origin", "Age", "Allow", "Cache-Control", "Clear-Site-Data",
	"Content-Disposition", "Content-Encoding", "Content-Location", "Content-Range", "ETag", "Expires", "Last-Modified",
	"Link", "Location", "Pragma", "Refresh", "Retry-After", "WWW-Authenticate",
	gafaelfawr.HeaderRateLimitLimit, gafaelfawr.HeaderRateLimitRemaining, gafaelfawr.HeaderRateLimitReset,
}

// single are headers of applications of which only one line has a meaning.
var single = map[string]bool{"ETag": true, "Last-Modified": true, "Content-Disposition": true,
	"Content-Language": true, "Location": true, "WWW-Authenticate": true}

// Unchanged verifies that Muster's answer arrived with the headers that Muster
// gave it, and without others that have an effect. A repeated line with the same
// meaning is harmless, because a proxy may add its own.
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
	case a.Request.Method == http.MethodHead && strings.Contains(a.Request.Target.Path, "/probes/"):
		want = muster.ReportHeaders
	}
	_, query, _ := strings.Cut(a.Request.Target.Path, "?")
	if status, ok := chosen.Status(query); ok {
		want = append(slices.Clone(muster.ReportHeaders), chosen.Headers(status)...)
		a.by.Equal(a, "length of the answer", len(chosen.Body(status)), len(a.Body))
		a.by.Equal(a, "digest of the answer", gafaelfawr.Fingerprint(string(chosen.Body(status))),
			gafaelfawr.Fingerprint(string(a.Body)))
	}
	a.HeaderIs("Content-Type", kind)
	for _, line := range want {
		got := a.Header.Values(line.Name())
		same := len(got) > 0 && !slices.ContainsFunc(got, func(value string) bool { return value != line.Value() })
		if line.Name() == "Set-Cookie" { // a load balancer adds its own
			same = slices.Contains(got, line.Value())
		}
		// Browsers ignore the first of these if it is repeated, and programs take any line of the others.
		once := line.Name() != "Cross-Origin-Opener-Policy" && !single[line.Name()] || len(got) == 1
		a.by.Expect(same && once, a, line.Name()+": "+line.Value(), describeLines(line.Name(), got),
			verdict.Header("", line.Name(), got, line.Value()))
	}
	counted := strings.Contains(a.Request.Target.Path, "/quota")
	a.effects(func(name string) bool {
		return slices.ContainsFunc(want, func(l gafaelfawr.HeaderLine) bool { return l.Name() == name }) ||
			counted && strings.HasPrefix(name, "X-RateLimit-")
	}, "which the application does not send")
	if want != nil {
		got := a.Header.Values(muster.InstanceHeader)
		a.by.Expect(len(got) == 1 && instanceName.MatchString(got[0]), a, "one line "+muster.InstanceHeader,
			describeLines(muster.InstanceHeader, got),
			verdict.Header("", muster.InstanceHeader, got, "one line"))
	}
}

// effects verifies that an answer has no effective header but its own.
func (a *Answer) effects(own func(name string) bool, why string) {
	for _, name := range effective {
		got := a.Header.Values(name)
		if name == "Age" && len(got) == 1 && got[0] == "0" {
			continue // so say networks of caches of what they do not keep
		}
		if len(got) > 0 && !own(name) {
			a.by.Expect(false, a, "no "+name+", "+why, describeLines(name, got), verdict.Header("", name, got))
		}
	}
}
