package answers

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// What stands in a wanted body.
type (
	// Any is a value that may differ, but is not null.
	Any struct{}
	// EachOf is a list of such items, of at least one.
	EachOf struct{ Item any }
	// Optional is a member that may be missing.
	Optional struct{ Value any }
	// Begins is a text that begins with this one.
	Begins string
)

// WholeBody verifies the JSON body: each member that is wanted, as it is wanted. Others
// may be there, because a newer Gafaelfawr may add some.
func (a *Answer) WholeBody(want any) bool {
	var got any
	differs := "it is not JSON"
	if json.Unmarshal(a.Body, &got) == nil {
		differs = bodyDifference("the body", want, got)
	}
	return differs == "" || a.by.Expect(false, a, "the body of Gafaelfawr", differs+": "+a.Excerpt(),
		verdict.Of(verdict.CodeBody, "status", strconv.Itoa(a.Code), "type", a.Header.Get("Content-Type")))
}

// Empty verifies that there is no body.
func (a *Answer) Empty() bool {
	return len(a.Body) == 0 || a.by.Expect(false, a, "no body", a.Excerpt(),
		verdict.Of(verdict.CodeBody, "status", strconv.Itoa(a.Code), "type", a.Header.Get("Content-Type")))
}

// bodyDifference says what is not as wanted, "" if nothing is. It shows no value that came
// from outside: those may be secrets.
func bodyDifference(at string, want, got any) string {
	switch w := want.(type) {
	case Any:
		if got == nil {
			return at + " is null"
		}
		return ""
	case Begins:
		if text, ok := got.(string); !ok || !strings.HasPrefix(text, string(w)) {
			return fmt.Sprintf("%s does not begin with %q", at, string(w))
		}
		return ""
	case EachOf:
		list, ok := got.([]any)
		if !ok || len(list) == 0 {
			return at + " is no list, or an empty one"
		}
		return listDifference(at, slices.Repeat([]any{w.Item}, len(list)), list)
	case map[string]any:
		object, ok := got.(map[string]any)
		if !ok {
			return at + " is no object"
		}
		return memberDifference(at, w, object)
	case []any:
		list, ok := got.([]any)
		if !ok || len(list) != len(w) {
			return fmt.Sprintf("%s is no list of %d", at, len(w))
		}
		return listDifference(at, w, list)
	}
	if raw, err := json.Marshal(want); err == nil {
		if is, err := json.Marshal(got); err == nil && string(raw) == string(is) {
			return ""
		}
		return fmt.Sprintf("%s is not %s", at, raw)
	}
	return at + " differs"
}

// listDifference says how the items of two lists of one length differ.
func listDifference(at string, want, got []any) string {
	for i := range want {
		if d := bodyDifference(fmt.Sprintf("%s[%d]", at, i), want[i], got[i]); d != "" {
			return d
		}
	}
	return ""
}

func memberDifference(at string, want, got map[string]any) string {
	for _, name := range slices.Sorted(maps.Keys(want)) {
		value, there := got[name]
		optional, may := want[name].(Optional)
		switch {
		case !there && may:
			continue
		case !there:
			return at + " lacks " + name
		case may:
			if d := bodyDifference(at+"."+name, optional.Value, value); d != "" {
				return d
			}
		default:
			if d := bodyDifference(at+"."+name, want[name], value); d != "" {
				return d
			}
		}
	}
	return ""
}
