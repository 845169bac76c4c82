package validation

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/lsst-sqre/muster/validation/suite"
)

func TestControllerReady(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says:  "The pods of the ingress-nginx controller are ready.",
		Cause: "A pod is ready when nginx runs with its first configuration. The log of the pod gives the reason.",
		Needs: []suite.Feature{suite.IngressNginx},
	}, func(c *suite.Check) {
		pods := c.ControllerPods()
		c.Expect(len(pods) > 0, nil, "a pod of the controller in namespace ingress-nginx",
			"none with the label app.kubernetes.io/name=ingress-nginx", suite.Missing("Pod"))
		serves := slices.ContainsFunc(pods, suite.Pod.Ready)
		for _, p := range pods {
			if serves && !p.Ready() && !c.Settled(p.Object) {
				c.Remark("%s is new: %s", p, p.Summary())
				continue
			}
			c.ExpectOf(p, p.Ready(), "ready", p.Summary(), suite.State("not ready"))
		}
	})
}

func TestSnippetsAllowed(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "ingress-nginx allows the snippets with which Gafaelfawr reports its errors.",
		Cause: "Without them 400 and 429 become 403 without a challenge and there are no X-RateLimit headers, or " +
			"the Ingress is ignored as a whole (1.12 and later). Set controller.allowSnippetAnnotations and " +
			"controller.config.annotations-risk-level as Phalanx does.",
		Needs: []suite.Feature{suite.IngressNginx},
	}, func(c *suite.Check) {
		config := c.ControllerConfig()
		for key, want := range map[string]string{"allow-snippet-annotations": "true", "annotations-risk-level": "Critical"} {
			c.ExpectOf(config, suite.SameSetting(config.Data[key], want), key+": "+want,
				fmt.Sprintf("%s: %q", key, config.Data[key]),
				suite.Setting(key, want, config.Data[key]))
		}
	})
}

// fewLines are told one by one where they are missing; more are one finding.
const fewLines = 5

func TestErrorMapping(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The server-snippet of ingress-nginx maps Gafaelfawr's errors: it knows every variable that Ingresses " +
			"set, and answers 400, 429 and 403.",
		Cause: "No location @autherror: every 403 becomes 500. No branch for 429: exhausted quotas become 403 " +
			"without Retry-After. It comes from Phalanx's applications/ingress-nginx/values.yaml.",
		Needs: []suite.Feature{suite.IngressNginx},
	}, func(c *suite.Check) {
		config := c.ControllerConfig()
		snippet := strings.Join(strings.Fields(config.Data["server-snippet"]), " ")
		wanted := []string{"location @autherror {", "if ($auth_status = 400) {", "if ($auth_status = 429) {",
			"return 400 $auth_error_body;", "return 429 $auth_error_body;", "add_header Retry-After $auth_retry_after always;",
			"add_header WWW-Authenticate $auth_www_authenticate always; return 403;"}
		for _, variable := range suite.SnippetVariables {
			wanted = append(wanted, "set $"+variable+" '';")
		}
		all := len(wanted)
		missing := slices.DeleteFunc(wanted, func(w string) bool { return strings.Contains(snippet, w) })
		if len(missing) > fewLines {
			c.ExpectOf(config, false, "in server-snippet: "+strings.Join(missing, "\n"),
				fmt.Sprintf("%d of the %d lines are not there", len(missing), all),
				suite.Setting("server-snippet", missing[0], ""))
			return
		}
		for _, w := range missing {
			c.ExpectOf(config, false, "in server-snippet: "+w, "its server-snippet lacks "+w,
				suite.Setting("server-snippet", w, ""))
		}
	})
}

func TestControllerSettings(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "ingress-nginx is configured as Phalanx needs it: forwarded headers, buffers for large headers, " +
			"uploads, TLS, times, a log without credentials, and nothing that alters requests and answers.",
		Cause: "Each line says what breaks. Correct the setting in Phalanx's " +
			"applications/ingress-nginx/values.yaml, controller.config, or in the values of the environment.",
		Needs: []suite.Feature{suite.IngressNginx},
	}, func(c *suite.Check) {
		config := c.ControllerConfig()
		c.TellBesides(config)
		for _, s := range suite.ControllerSettings() {
			if s.Key == "ssl-redirect" && suite.ForcesTLS(suite.Ingress{}, config) {
				continue // it redirects all the same
			}
			got, ok := config.Data[s.Key]
			if !ok {
				got = s.Unset
			}
			c.ExpectOf(config, s.Met(got), s.Key+": "+s.Want, fmt.Sprintf("%s is %q, so that %s", s.Key, got, s.Breaks),
				suite.Setting(s.Key, s.Want, got))
		}
		for _, h := range suite.ControllerHeaders() {
			for _, name := range h.Taken(c.HeadersOf(config, h.Key)) {
				c.ExpectOf(config, false, h.Key+" without "+name,
					fmt.Sprintf("%s is %q, which has %s for all hosts: %s", h.Key, config.Data[h.Key], name, h.Breaks),
					suite.Setting(h.Key, "", name))
			}
		}
	})
}

func TestControllerReload(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "nginx could load its newest configuration.",
		Cause: "One Ingress that nginx cannot load (a snippet with a typing error) keeps every later one from being " +
			"served, and no resource says so. The event names the line; correct or delete that Ingress.",
		Needs: []suite.Feature{suite.IngressNginx},
	}, func(c *suite.Check) {
		for _, r := range c.LastReloads() {
			if r.Uncertain {
				c.NotProven("the newest event of so many is one of a failure; later ones may be kept back, and the log, which "+
					"tells, cannot be read", r.String()+": "+r.Text)
				continue
			}
			c.ExpectOf(r, !r.Failed, "its last reload without error", r.Text, suite.State("reload failed"))
		}
	})
}

// takenOver is the oldest controller, by its minor version, on whose admission
// webhook not any pod can run programs (CVE-2025-1974); patched is the oldest
// without the holes that were found up to March 2026.
func takenOver(v []int) bool { return older(v, 1, 11, 5) || v[1] == 12 && older(v, 1, 12, 1) }

func patched(v []int) bool { return !older(v, 1, 14, 4) || v[1] == 13 && !older(v, 1, 13, 8) }

func older(v []int, than ...int) bool { return slices.Compare(v, than) < 0 }

var controllerVersion = regexp.MustCompile(`:v?(\d+)\.(\d+)\.(\d+)(-[^@]*)?`)

func TestControllerVersion(t *testing.T) {
	suite.Run(t, suite.Obligation{
		Says: "The ingress-nginx controller is not one that any pod can take over.",
		Cause: "Controllers before 1.11.5 and 1.12.1 execute code in a request to their admission webhook, and may " +
			"read every Secret (CVE-2025-1974). Update Phalanx's ingress-nginx, which has a patched build.",
		Needs: []suite.Feature{suite.IngressNginx},

		Security: true,
	}, func(c *suite.Check) {
		versions := map[string]bool{}
		for _, p := range c.ControllerPods() {
			image := suite.ControllerImage(p)
			m := controllerVersion.FindStringSubmatch(image)
			if m == nil {
				c.Remark("%s: the image %s does not tell its version", p, image)
				continue
			}
			versions[m[0][1:]] = true
			var v []int
			for _, n := range m[1:4] {
				number, _ := strconv.Atoi(n) // digits, by the pattern
				v = append(v, number)
			}
			c.ExpectOf(p, !takenOver(v), "1.11.5, 1.12.1 or later", "the image is "+image, suite.Setting("image", "", image))
			if !patched(v) && m[4] == "" {
				c.Remark("%s: the image %s lacks fixes of security holes up to March 2026 (1.13.8, 1.14.4, 1.15.0)", p, image)
			}
		}
		if len(versions) > 0 {
			c.Fact("ingress-nginx", strings.Join(slices.Sorted(maps.Keys(versions)), " and "))
		}
	})
}
