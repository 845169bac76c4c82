package proof

import (
	"regexp"
	"slices"
	"strings"

	"github.com/lsst-sqre/muster/fixtures/mutations"
)

// harmless are mutations that the suite need not notice, each with the reason.
var harmless = []struct {
	reason string
	is     func(m mutations.Mutation) bool
}{
	{"the order of headers with different names has no meaning (RFC 9110, section 5.3)",
		func(m mutations.Mutation) bool { return m.Do == mutations.ReorderHeader }},
	{
		"browsers remember Strict-Transport-Security for the host, so that the answers of 200 and 401 stand for all; a " +
			"second line and unknown words are ignored (RFC 6797, section 8.1)",
		func(m mutations.Mutation) bool {
			checked := trusting && regexp.MustCompile(` (200|401)$`).MatchString(m.Place.Kind) && m.Do != mutations.DoubleHeader
			return m.On == "strict-transport-security" && !checked
		},
	},
	{"the edge looks at nothing else of a verdict, and at the first line of a name",
		func(m mutations.Mutation) bool {
			return m.Place.Side == mutations.Verdict &&
				(m.Do == mutations.DoubleHeader || m.On == "content-type" || m.On == "cache-control")
		}},
	{"error bodies reach clients only with 400 and 429: of a 401 and any other 403 the edge takes status and challenge",
		func(m mutations.Mutation) bool {
			return m.Place.Side == mutations.Verdict && strings.HasPrefix(m.On, "x-error-") &&
				!strings.HasSuffix(m.Place.Kind, "/400") && !strings.HasSuffix(m.Place.Kind, "/429")
		}},
	{"Gafaelfawr reads the method of a subrequest for OPTIONS, and the URL for userDomain, which are for one path each",
		func(m mutations.Mutation) bool {
			of := map[string]string{"x-original-method": "options", "x-original-url": "user-domain"}[m.On]
			return m.Place.Side == mutations.Question && of != "" && !everywhere(m) &&
				!strings.HasSuffix(m.Place.Kind, "/probes/"+of)
		}},
	{"every status of 200 to 299 lets through",
		func(m mutations.Mutation) bool {
			return m.Place.Side == mutations.Verdict && strings.HasSuffix(m.Place.Kind, " 200") && m.To == 204
		}},
	{"the API's own answers of an error have these as a by-product, and the edge does not read them",
		func(m mutations.Mutation) bool {
			own := m.Place.Side == mutations.API || strings.Contains(m.Place.Kind, "Gafaelfawr's paths") ||
				strings.Contains(m.Place.Kind, " /auth ")
			return own && strings.HasPrefix(m.On, "x-error-")
		}},
	{"of the OpenAPI document only the version is of use to an operator",
		func(m mutations.Mutation) bool {
			return strings.HasPrefix(m.On, "paths.") || m.On == "paths" || m.On == "info.title" || m.On == "openapi" ||
				m.On == "info.description"
		}},
	{"they name the client's program or a hop, for logs, or repeat what X-Forwarded-Proto and X-Forwarded-For say",
		func(m mutations.Mutation) bool {
			return slices.Contains(
				[]string{"user-agent", "x-request-id", "x-scheme", "x-forwarded-scheme", "x-real-ip", "accept-encoding"},
				m.On,
			)
		}},
	{
		"nginx's template writes it into every location alike, and no annotation of Phalanx changes it for one; probes " +
			"have them checked all the same",
		func(m mutations.Mutation) bool {
			return m.Place.Side == mutations.Backend && !everywhere(m) && !strings.Contains(m.Place.Kind, "/probes/") &&
				(m.On == "host" && m.Do == mutations.AlterHeader || strings.HasPrefix(m.On, "x-forwarded-"))
		},
	},
	{
		"of these only X-Forwarded-For has an effect at Gafaelfawr that anybody sees: the address in its history; its " +
			"host it knows from its configuration",
		func(m mutations.Mutation) bool {
			return m.Place == mutations.Place{Side: mutations.Backend, Kind: "all Gafaelfawr's paths"} &&
				(m.On == "host" && m.Do == mutations.AlterHeader || m.On == "x-forwarded-host" || m.On == "x-forwarded-port" ||
					m.On == "x-forwarded-proto")
		},
	},
	{"the client made it up: only Gafaelfawr's routes for the ingress read it, to which no Ingress leads",
		func(m mutations.Mutation) bool {
			return m.Place.Side == mutations.Backend && strings.HasPrefix(m.On, "x-original-")
		}},
	{"Gafaelfawr's API answers JSON to whatever a client accepts",
		func(m mutations.Mutation) bool {
			return m.Place.Side == mutations.Backend &&
				regexp.MustCompile(`^(/auth|/login|/logout|all Gafaelfawr's paths)$`).MatchString(m.Place.Kind) &&
				m.On == "accept"
		}},
	{"a redirect is one by any of its codes: 302 of nginx, 307 of Gafaelfawr",
		func(m mutations.Mutation) bool {
			return m.To == 302 && regexp.MustCompile(` 30[37]$`).MatchString(m.Place.Kind)
		}},
	{
		"what the provider is told differs from deployment to deployment: only a login with an account shows that it is " +
			"right",
		func(m mutations.Mutation) bool {
			return m.Do == mutations.AlterHeader && m.On == "location" && strings.HasSuffix(m.Place.Kind, "/login 307")
		},
	},
	{"what an edit of a token answers is what token-info tells, which is checked",
		func(m mutations.Mutation) bool {
			named := m.On == "" || m.On == "token" || m.On == "username"
			return strings.Contains(m.Place.Kind, "PATCH ") && !named && strings.HasSuffix(m.Place.Kind, " 200") &&
				!strings.Contains(m.Place.Kind, "/muster/")
		}},
	{"a token that is gone is gone, whether deleting it again gives 204 or 404",
		func(m mutations.Mutation) bool {
			return m.Do == mutations.SetStatus && m.To == 204 && strings.Contains(m.Place.Kind, "DELETE ") &&
				strings.HasSuffix(m.Place.Kind, " 404")
		}},
	{"TAP is not behind Muster's quota, and no environment declares what it should be",
		func(m mutations.Mutation) bool { return strings.HasSuffix(m.On, "quota.tap") }},
	{"of discovery Muster and mobu use what is under services.internal: the rest differs from deployment to deployment",
		func(m mutations.Mutation) bool {
			return regexp.MustCompile(`^(applications|influxdb_databases|datasets|services\.(ui|data)\b.*)$`).MatchString(m.On)
		}},
	{"the login's redirect is made of the status alone, and no browser looks at the challenge that nginx copies to it",
		func(m mutations.Mutation) bool {
			return (m.On == "www-authenticate" || ofChallenge(m)) &&
				(m.Place.Side == mutations.Edge && strings.HasSuffix(m.Place.Kind, "/probes/redirect 302") ||
					m.Place.Side == mutations.Verdict && regexp.MustCompile(`/probes/redirect 401(/401)?$`).MatchString(m.Place.Kind))
		}},
	{"the same line twice says the same to browsers and caches (RFC 9110, section 5.3; a list of policies holds each)",
		func(m mutations.Mutation) bool {
			fresh := m.On == "cache-control" &&
				regexp.MustCompile(`^(GET /muster/probes/anonymous|all open paths) `).
					MatchString(m.Place.Kind)
			// TestFresh wants one line
			return m.Do == mutations.DoubleHeader && m.Place.Side == mutations.Edge && strings.HasSuffix(m.Place.Kind, " 200") &&
				!fresh &&
				slices.Contains(
					[]string{"cache-control", "content-security-policy", "referrer-policy", "x-content-type-options"},
					m.On,
				)
		}},
	{"nginx keeps one type of an answer, and sends one line whatever it was given",
		func(m mutations.Mutation) bool {
			return m.Do == mutations.DoubleHeader && m.Place.Side == mutations.Edge && m.On == "content-type"
		}},
	{"the only Authorization that gets there is one that Gafaelfawr's filter misses, which is advice on every deployment",
		func(m mutations.Mutation) bool {
			return m.On == "authorization" && m.Do != mutations.LeakHeader && m.Place.Side != mutations.Question &&
				regexp.MustCompile(`^/muster/probes/authenticated( 200)?$`).MatchString(m.Place.Kind)
		}},
	{"applications of Phalanx do not read these headers, which a client may send and nobody vouches for",
		func(m mutations.Mutation) bool {
			return m.Place.Side == mutations.Backend && (m.On == "x-auth-request-groups" || m.On == "x-auth-request-uid")
		}},
	{"nobody reads nginx's own pages and their type, nor the type of an answer without a body",
		func(m mutations.Mutation) bool {
			return (m.On == "content-type" || m.Do == mutations.DropBody && m.Place.Side == mutations.Edge &&
				!regexp.MustCompile(` /(auth|login|logout) |Gafaelfawr's paths`).MatchString(m.Place.Kind)) &&
				regexp.MustCompile(` (204|302|307|308|401|403|404|405)( on port 80)?$|no Ingress 400$`).MatchString(m.Place.Kind)
		}},
	{"a home page may have a page or a redirect for every address, and whatever Gafaelfawr answers there is no error",
		func(m mutations.Mutation) bool {
			return m.Do == mutations.SetStatus && m.Place.Kind == "GET / 404" && m.To < 400
		}},
	{"what stands in front may refuse an unknown host as well as the ingress: no application answers either way",
		func(m mutations.Mutation) bool {
			return m.Do == mutations.SetStatus && m.Place.Kind == "GET no Ingress 404" && (m.To == 400 || m.To == 403)
		}},
	{
		"clients of the API act on its status; these are for people and for logs, and no configuration of a deployment " +
			"changes them",
		func(m mutations.Mutation) bool {
			own := m.Place.Side == mutations.API || strings.Contains(m.Place.Kind, "Gafaelfawr's paths") ||
				regexp.MustCompile(` /(auth|login|logout) `).MatchString(m.Place.Kind)
			last := m.On[strings.LastIndex(m.On, ".")+1:]
			words := m.Do == mutations.SwapBody && regexp.MustCompile(` 4\d\d$`).MatchString(m.Place.Kind)
			return own && (words || strings.HasPrefix(m.On, "detail") || m.On == "content-type" ||
				slices.Contains([]string{"event_time", "actor", "token_name"}, last))
		},
	},
}

func ofChallenge(m mutations.Mutation) bool {
	return m.Do == mutations.DropAttribute || m.Do == mutations.AlterAttr
}

// everywhere reports that a mutation is not of one path.
func everywhere(m mutations.Mutation) bool {
	return m.Place.Side == mutations.Caller || m.Place.Side == mutations.API ||
		strings.Contains(m.Place.Kind, mutations.Everywhere+" ")
}

// whyHarmless are all the reasons for which a mutation need not be noticed.
func whyHarmless(m mutations.Mutation) []string {
	var reasons []string
	for _, h := range harmless {
		if h.is(m) {
			reasons = append(reasons, h.reason)
		}
	}
	return reasons
}
