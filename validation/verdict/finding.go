package verdict

import (
	"maps"
	"slices"
	"strings"
)

// Finding is one thing that is wrong: a reason for machines, and texts for
// people. Texts are never parsed.
type Finding struct {
	Reason
	Expected string `json:"expected"`
	Actual   string `json:"actual"`
	// Request is the command that repeats the request.
	Request string `json:"request,omitempty"`
	// Path is the path of that request.
	Path string `json:"path,omitempty"`
	// HTTP2 says that the request was sent over HTTP/2.
	HTTP2 bool `json:"http2,omitempty"`
	// Declared says that Path belongs to another application and is declared
	// under `protected`.
	Declared bool `json:"declared,omitempty"`
	// Object is the Kubernetes object of the finding: kind, namespace and name.
	Object string `json:"object,omitempty"`
	// Hole says that a caller got in, or something got out, and must not.
	Hole bool `json:"hole,omitempty"`
	// Unable says that the check could not try its obligation.
	Unable bool `json:"unable,omitempty"`
}

// Reason is the machine-readable part of a Finding. The constants of type Code
// document the arguments of each code.
type Reason struct {
	Code Code              `json:"code"`
	Args map[string]string `json:"args,omitempty"`
}

// Equal reports whether both have the same code and arguments.
func (r Reason) Equal(other Reason) bool {
	return r.Code == other.Code && maps.Equal(r.Args, other.Args)
}

// Matches reports whether the reason has the code of the pattern, if the
// pattern has one, and all its arguments. The value of an argument may begin
// and end with a star.
func (r Reason) Matches(pattern Reason) bool {
	if pattern.Code != "" && r.Code != pattern.Code {
		return false
	}
	for name, want := range pattern.Args {
		if got, ok := r.Args[name]; !ok || !Like(got, want) {
			return false
		}
	}
	return true
}

// String returns the code with its arguments, for people who debug rules.
func (r Reason) String() string {
	parts := []string{string(r.Code)}
	for _, name := range slices.Sorted(maps.Keys(r.Args)) {
		parts = append(parts, name+"="+r.Args[name])
	}
	return strings.Join(parts, " ")
}

// Like reports whether the text matches the pattern. A star at the beginning or
// end stands for anything.
func Like(text, pattern string) bool {
	end, openEnd := strings.CutSuffix(pattern, "*")
	middle, openStart := strings.CutPrefix(end, "*")
	switch {
	case openStart && openEnd:
		return strings.Contains(text, middle)
	case openStart:
		return strings.HasSuffix(text, middle)
	case openEnd:
		return strings.HasPrefix(text, middle)
	}
	return text == pattern
}
