package verdict

import (
	"maps"
	"slices"
	"strings"
)

// Finding is one thing that is not as it should be: a reason for machines, and
// texts for people. The texts are made beside the reason and are never parsed.
type Finding struct {
	Reason
	Expected string `json:"expected"`
	Actual   string `json:"actual"`
	// Request is the command that repeats the request that showed it.
	Request string `json:"request,omitempty"`
	// Path is the path of that request.
	Path string `json:"path,omitempty"`
	// Declared says that Path belongs to another application and is one that the
	// environment declares under `protected`.
	Declared bool `json:"declared,omitempty"`
	// Object is the Kubernetes object that it is about: kind, namespace and name.
	Object string `json:"object,omitempty"`
	// Hole says that somebody was let in, or something let out, who or what must
	// not be.
	Hole bool `json:"hole,omitempty"`
	// Unable says that the check did not come as far as to try what it is about.
	Unable bool `json:"unable,omitempty"`
}

// Reason is what a Finding comes down to, as a machine reads it. The constants
// of type Code name the arguments of each code.
type Reason struct {
	Code Code              `json:"code"`
	Args map[string]string `json:"args,omitempty"`
}

// Equal reports whether both have the same code and arguments.
func (r Reason) Equal(other Reason) bool {
	return r.Code == other.Code && maps.Equal(r.Args, other.Args)
}

// Matches reports whether the reason has the code of the pattern, where that has
// one, and at least its arguments, whose values may begin and end with a star.
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

// String is the code with its arguments, for people who debug rules.
func (r Reason) String() string {
	parts := []string{string(r.Code)}
	for _, name := range slices.Sorted(maps.Keys(r.Args)) {
		parts = append(parts, name+"="+r.Args[name])
	}
	return strings.Join(parts, " ")
}

// Like reports whether the text is what the pattern says; a star at its
// beginning or end stands for anything.
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
