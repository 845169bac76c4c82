package suite

import "slices"

// Answers as a failure quotes them.
const (
	got200      = "status 200"
	got302      = "status 302"
	got403      = "status 403"
	got404      = "status 404"
	got500      = "status 500"
	got502      = "status 502"
	got503      = "status 503"
	noChallenge = "with no header WWW-Authenticate"
	noRateLimit = "no header X-RateLimit-Limit"
)

// diagnoses are the causes that explain what checks found. Order matters: holes
// first, then what takes everything down, then what is narrower; where two share
// their findings, the one that asks for more comes first.
func diagnoses() []diagnosis {
	return slices.Concat(holes, declaredHoles, outages, answers, declaredPaths, applications, objects)
}
