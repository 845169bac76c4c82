// Package checks has one check for each way in which a check can end, so that
// what a run prints and leaves behind can be tested.
package checks

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/suite"
)

func TestMain(m *testing.M) { os.Exit(suite.Main(m, suite.Local{}, nil)) }

func TestMet(t *testing.T) {
	suite.Run(t, suite.Obligation{Says: "Visitors get an answer.", Cause: "None."}, func(c *suite.Check) {
		c.Get(c.Probe("anonymous"), suite.Anonymous).Status(200)
		c.Scoped()
	})
}

func TestUnmet(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The route answers 418 and 204.", Cause: "It is no teapot. Buy one.",
	}, func(c *suite.Check) {
		a := c.Get(c.Probe("authenticated"), suite.Bearer(c.Unscoped()))
		a.Status(418)
		a.HeaderIs("Cache-Control", "public")
		c.Get(c.Probe("authenticated"), suite.Anonymous).Status(204)
		c.Expect(false, nil, "no secret here", "the token "+c.Scoped().Token.Reveal())
	})
}

func TestAdvised(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "Gafaelfawr makes tea.", Cause: "It is not its job.", Advice: "every Gafaelfawr so far",
	}, func(c *suite.Check) {
		c.Expect(false, nil, "tea", "none", suite.Arrived("Tea", "none"))
	})
}

func TestUndeclared(t *testing.T) {
	suite.Run(t, suite.Obligation{Says: "Never.", Cause: "None.", Needs: []suite.Feature{suite.Firestore}},
		func(*suite.Check) { panic("ran without its feature") })
}

func TestPanicked(t *testing.T) {
	suite.Run(t, suite.Obligation{Says: "Checks do not panic.", Cause: "A defect."}, func(c *suite.Check) {
		panic("with " + c.Scoped().Token.Reveal())
	})
}

// TestHung makes a token and waits until the run is stopped.
func TestHung(t *testing.T) {
	if os.Getenv("MUSTER_PROOF_HANG") == "" {
		t.Skip("only where a run is to be interrupted")
	}
	suite.Run(t, suite.Obligation{Says: "Checks end.", Cause: "A defect."}, func(c *suite.Check) {
		c.OwnToken(suite.Spec{Name: "hung"})
		c.Closed(os.Getenv("MUSTER_PROOF_FOUND") == "", nil, "nobody let in", "somebody was let in")
		if err := os.WriteFile(os.Getenv("MUSTER_PROOF_HANG"), []byte("hangs"), 0o600); err != nil {
			panic(err)
		}
		<-c.Context().Done()
		time.Sleep(50 * time.Millisecond) // as a check that is slow to notice
		c.Expect(false, nil, "an end", "none")
	})
}

// TestCopied runs the printed command of a request and compares the status.
func TestCopied(t *testing.T) {
	if os.Getenv("MUSTER_PROOF_COPIED") == "" {
		t.Skip("only where curl is installed")
	}
	suite.Run(t, suite.Obligation{Says: "A command that people copy repeats the request.", Cause: "A defect."},
		func(c *suite.Check) {
			id, other, odd := c.Scoped(), c.Unscoped(), c.Probe("authenticated")
			odd.Path += "/';touch PWNED;'$(touch PWNED)`touch PWNED`\"{a,b}[1-2]!!/%0a/../x?a='&b=$HOME"
			requests := []suite.Request{
				{HTTP2: true}, {Method: "HEAD"}, {Method: "OPTIONS"}, {Method: "DELETE"}, {Plain: true}, {Target: odd},
				{Target: odd, Credential: suite.Bearer(id)},
				{Method: "POST", Body: strings.Repeat("x", 2_000_000), Credential: suite.Bearer(id)},
				{Method: "POST", Body: "untold", Unsized: true, Credential: suite.Bearer(id)},
				{Method: "POST", Body: "untold", Unsized: true, HTTP2: true, Credential: suite.Bearer(id)},
				{Method: "POST", Body: "@/etc/passwd '\"$(touch PWNED)`touch PWNED`\\\n!!", Credential: suite.Bearer(id)},
				{
					Credential: suite.Bearer(id),
					Headers:    []gafaelfawr.HeaderLine{{"X-Odd", `'"$(touch PWNED)` + "`touch PWNED`" + ` \ !! é`}, {"X-Empty", ""}},
				},
			}
			for _, with := range []suite.Credential{
				suite.Anonymous, suite.Bearer(id), suite.BasicUser(id), suite.BasicPassword(id), suite.BasicBoth(id),
				suite.BasicPair(id, other),
				suite.BearerAfterTab(id), suite.BearerSpelled("bEARER", id), suite.BasicSpelled("BASIC", id), suite.Unknown(),
				suite.WrongSecret(id),
				suite.Authorization(`Digest '"$(touch PWNED)`, ""),
				suite.Cookie("gafaelfawr=garbage; big=" + strings.Repeat("x", 16000)), suite.Bearer(other),
			} {
				requests = append(requests, suite.Request{Credential: with})
			}
			for _, r := range requests {
				if r.Target.Path == "" {
					r.Target = c.Probe("authenticated")
				}
				a := c.Do(r)
				got, err := repeat(a.Curl(), "SCOPED="+id.Token.Reveal(), "UNSCOPED="+other.Token.Reveal())
				c.NoError(err, "curl")
				c.Expect(got == a.Code, a, "status "+strconv.Itoa(a.Code), "status "+strconv.Itoa(got))
			}
		})
}

// repeat runs a command as a person would and returns the status of the answer.
func repeat(command string, environ ...string) (int, error) {
	cmd := exec.Command("sh", "-c", command)
	cmd.Env = append(os.Environ(), environ...)
	out, err := cmd.Output()
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(out), " ")
	if strings.HasPrefix(rest, "100 ") { // curl sends it before a long body
		_, rest, _ = strings.Cut(rest, "\r\n\r\n")
		_, rest, _ = strings.Cut(rest, " ")
	}
	status, _, _ := strings.Cut(rest, " ")
	return strconv.Atoi(strings.TrimSpace(strings.SplitN(status, "\r", 2)[0]))
}

// TestStuck makes a token and goes on after the run is stopped.
func TestStuck(t *testing.T) {
	if os.Getenv("MUSTER_PROOF_STUCK") == "" {
		t.Skip("only where a run must be ended all the same")
	}
	suite.Run(t, suite.Obligation{Says: "Checks end.", Cause: "A defect."}, func(c *suite.Check) {
		c.Scoped()
		if err := os.WriteFile(os.Getenv("MUSTER_PROOF_STUCK"), []byte("stuck"), 0o600); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Minute)
	})
}

// TestFlood fails with more text than a log can hold.
func TestFlood(t *testing.T) {
	if os.Getenv("MUSTER_PROOF_FLOOD") == "" {
		t.Skip("only where its output is measured")
	}
	for _, name := range []string{"one", "two", "three", "four", "five", "six", "seven", "eight"} {
		t.Run(name, func(t *testing.T) {
			suite.Run(t, suite.Obligation{Says: "Few words.", Cause: "A defect."}, func(c *suite.Check) {
				for i := range 1000 {
					c.Expect(false, nil, "few", strconv.Itoa(i)+strings.Repeat(" word", 400))
				}
			})
		})
	}
}
