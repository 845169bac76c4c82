package diagnoses

import (
	"slices"
	"strconv"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// symptom matches a finding of one check, or of any check if check is "".
type symptom struct {
	check string
	// reason is a pattern. An empty one matches any finding that the check could
	// try.
	reason verdict.Reason
	// object is a pattern for the object of the finding; "" matches any.
	object string
	// path is a pattern for the path of the request; "" matches any.
	path string
	// http1 narrows it to requests over HTTP/1.1.
	http1 bool
}

// is reports whether the finding is the symptom.
func (s symptom) is(f verdict.Finding) bool {
	if s.object != "" && !verdict.Like(f.Object, s.object) {
		return false
	}
	if s.path != "" && !verdict.Like(f.Path, s.path) || s.http1 && (f.Path == "" || f.HTTP2) {
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

// at narrows a symptom to requests for paths.
func (s symptom) at(path string) symptom {
	s.path = path
	return s
}

// overHTTP1 matches any finding of the check about a request over HTTP/1.1. It contradicts
// causes that are about HTTP/2 alone.
func overHTTP1(check string) symptom { return symptom{check: check, http1: true} }

// fails matches any finding of the check.
func fails(check string) symptom { return symptom{check: check} }

// found matches a code with arguments, given as names and values in turn. A
// value may begin and end with a star.
func found(check string, code verdict.Code, args ...string) symptom {
	return symptom{check: check, reason: verdict.Of(code, args...)}
}

func status(check string, got int) symptom {
	return found(check, verdict.CodeStatus, "got", strconv.Itoa(got))
}

// mixed matches a status that only some of several answers had.
func mixed(check string, got int) symptom {
	return found(check, verdict.CodeMixed, "got", strconv.Itoa(got))
}

// api matches a status of Gafaelfawr's API.
func api(check, got string) symptom {
	return found(check, verdict.CodeAPIStatus, "got", got)
}

// noHeader matches a header that the client did not get.
func noHeader(check, name string) symptom {
	return found(check, verdict.CodeHeaderMissing, "name", name, "at", "")
}

// noChallenge matches a refusal without its challenge.
func noChallenge(check string, status int) symptom {
	return found(check, verdict.CodeChallengeMissing, "status", strconv.Itoa(status))
}

// challenge matches a wrong attribute of a challenge.
func challenge(check, attribute string) symptom {
	return found(check, verdict.CodeChallengeAttribute, "name", attribute)
}

// probe matches a failed check of Muster's own report.
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

// mapping matches a line that the error mapping of ingress-nginx lacks.
func mapping(line string) symptom {
	return found("TestErrorMapping", verdict.CodeSetting, "key", "server-snippet", "want", line)
}

// differs matches an annotation or a field in which an Ingress is not as Gafaelfawr's
// operator makes it.
func differs(field, got string) symptom {
	return found("TestOperatorIngresses", verdict.CodeDifference, "field", field, "got", got)
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
