package invariants

import (
	"net/http"
	"strings"

	"github.com/lsst-sqre/muster/muster"
	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// hardening are headers with which pages restrict what browsers do with them.
var hardening = []string{
	"Content-Security-Policy", "Content-Security-Policy-Report-Only", "Cross-Origin-Embedder-Policy",
	"Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "Permissions-Policy", "Referrer-Policy",
	"X-Content-Type-Options", "X-Frame-Options",
}

// hardened: neither Gafaelfawr's API nor its refusals, nor Muster's reports, have a header
// for the security of browsers but those of Muster's own.
func (w *Watch) hardened(x client.Exchange, path string) []breach {
	head, code := x.Answer.Header, x.Answer.StatusCode
	own := map[string]bool{}
	switch reports := head.Get(muster.InstanceHeader) != ""; {
	case !w.ours(x.Request) || !w.gafaelfawrGuards(path) || strings.Contains(path, "/pages/"):
		return nil
	case reports:
		for _, line := range muster.ReportHeaders {
			own[line.Name()] = true
		}
	case code != http.StatusUnauthorized && code != http.StatusForbidden && !strings.HasPrefix(path, "/auth/api/"):
		return nil
	}
	var added []string
	for _, name := range hardening {
		if head.Get(name) != "" && !own[name] {
			added = append(added, name)
		}
	}
	if len(added) == 0 {
		return nil
	}
	return []breach{{rule: verdict.InvariantHardened, name: "headers",
		expected: "no headers for the security of browsers but the application's own", actual: strings.Join(added, ", ")}}
}
