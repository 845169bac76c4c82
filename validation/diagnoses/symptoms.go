package diagnoses

import (
	"slices"
	"strconv"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// symptom is a finding of one check, or of any where check is "".
type symptom struct {
	check string
	// reason is a pattern; an empty one is any finding, but of what the check could
	// not try.
	reason verdict.Reason
	// object is a pattern for the object that it is about, "" for any.
	object string
}

// is reports whether the finding is the symptom.
func (s symptom) is(f verdict.Finding) bool {
	if s.object != "" && !verdict.Like(f.Object, s.object) {
		return false
	}
	if s.reason.Code == "" && s.reason.Args == nil {
		return !f.Unable
	}
	return f.Matches(s.reason)
}

// about narrows a symptom to objects.
func (s symptom) about(object string) symptom {
	s.object = object
	return s
}

// fails is any finding of the check.
func fails(check string) symptom { return symptom{check: check} }

// found is a finding with the code and arguments, names and values in turn; a
// value may begin and end with a star.
func found(check string, code verdict.Code, args ...string) symptom {
	return symptom{check: check, reason: verdict.Of(code, args...)}
}

func status(check string, got int) symptom {
	return found(check, verdict.CodeStatus, "got", strconv.Itoa(got))
}

// mixed is a status that only some of several answers had.
func mixed(check string, got int) symptom {
	return found(check, verdict.CodeMixed, "got", strconv.Itoa(got))
}

// api is a status of Gafaelfawr's API.
func api(check, got string) symptom {
	return found(check, verdict.CodeAPIStatus, "got", got)
}

// noHeader is a header that the client does not get.
func noHeader(check, name string) symptom {
	return found(check, verdict.CodeHeaderMissing, "name", name, "at", "")
}

// noChallenge is a refusal without its challenge.
func noChallenge(check string, status int) symptom {
	return found(check, verdict.CodeChallengeMissing, "status", strconv.Itoa(status))
}

// challenge is an attribute of a challenge that is not as it should be.
func challenge(check, attribute string) symptom {
	return found(check, verdict.CodeChallengeAttribute, "name", attribute)
}

// probe is a check of Muster's own report that failed.
func probe(check, name string) symptom {
	return found(check, verdict.CodeProbeCheck, "name", name)
}

func value(check, name string) symptom {
	return found(check, verdict.CodeValue, "name", name)
}

func valueIs(check, name, got string) symptom {
	return found(check, verdict.CodeValue, "name", name, "got", got)
}

func setting(check, key string) symptom {
	return found(check, verdict.CodeSetting, "key", key)
}

func state(check, pattern string) symptom {
	return found(check, verdict.CodeState, "state", pattern)
}

func missing(check, kind string) symptom {
	return found(check, verdict.CodeMissing, "kind", kind)
}

// in reports whether a check of the run found the symptom.
func (s symptom) in(run *verdict.Run) bool {
	return slices.ContainsFunc(run.Checks, func(c *verdict.Check) bool {
		return (s.check == "" || c.Name == s.check) && slices.ContainsFunc(c.Findings, s.is)
	})
}
