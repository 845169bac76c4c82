package ingressnginx

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
)

// variable matches a variable of nginx in an annotation.
var variable = regexp.MustCompile(`\$(\w+|\{\w+\})`)

// metacharacters make a path a pattern; a dot alone does not.
const metacharacters = `([*+?^$|\{`

// isPattern reports whether the path must be read as a pattern.
func (r Route) isPattern() bool {
	return (r.regex || r.Patterns != "") && strings.ContainsAny(r.Path, metacharacters)
}

// below is requested below a path.
const below = "muster-sweep"

// Paths returns paths that the route must answer. A prefix also has one below
// it. A pattern has examples that match it, or none if it is not understood.
func (r Route) Paths() []string {
	switch {
	case r.isPattern():
		return examples(r.Path)
	case r.PathType == "Exact":
		return []string{r.Path}
	}
	return []string{r.Path, strings.TrimSuffix(r.Path, "/") + "/" + below}
}

// examples returns paths that match the pattern. Each is verified.
func examples(pattern string) []string {
	re, err := regexp.Compile("(?i)^" + pattern)
	if err != nil {
		return nil
	}
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil
	}
	var all []string
	for _, e := range []example{{}, {more: true}, {last: true}, {more: true, last: true}} {
		e.add(tree)
		path := e.text.String()
		if arrives(path) && re.MatchString(path) && !slices.Contains(all, path) {
			all = append(all, path)
		}
	}
	return all
}

// arrives reports whether nginx looks up the path unchanged. It would merge
// slashes and resolve dots first.
func arrives(path string) bool {
	changed := strings.Contains(path, "//") || strings.Contains(path+"/", "/./") || strings.Contains(path+"/", "/../")
	return strings.HasPrefix(path, "/") && !changed &&
		!strings.ContainsFunc(path, func(c rune) bool { return !unicode.IsGraphic(c) })
}

// example builds a path by walking through a pattern.
type example struct {
	// more includes optional parts; last takes the last of alternatives.
	more, last bool
	text       strings.Builder
}

func (e *example) add(r *syntax.Regexp) {
	switch r.Op {
	case syntax.OpLiteral:
		e.text.WriteString(string(r.Rune))
	case syntax.OpCharClass:
		e.text.WriteRune(oneOf(r.Rune))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		e.text.WriteByte('m')
	case syntax.OpCapture, syntax.OpConcat:
		for _, sub := range r.Sub {
			e.add(sub)
		}
	case syntax.OpAlternate:
		at := 0
		if e.last {
			at = len(r.Sub) - 1
		}
		e.add(r.Sub[at])
	case syntax.OpStar, syntax.OpQuest, syntax.OpPlus, syntax.OpRepeat:
		e.repeat(r)
	}
}

func (e *example) repeat(r *syntax.Regexp) {
	sub := r.Sub[0]
	word := sub.Op == syntax.OpAnyChar || sub.Op == syntax.OpAnyCharNotNL ||
		sub.Op == syntax.OpCharClass && takesWord(sub.Rune)
	times := map[syntax.Op]int{syntax.OpPlus: 1, syntax.OpRepeat: r.Min}[r.Op]
	if e.more && word && (r.Op == syntax.OpStar || r.Op == syntax.OpPlus) {
		e.text.WriteString(below)
		return
	}
	if e.more && times == 0 {
		times = 1
	}
	for range times {
		e.add(sub)
	}
}

// takesWord reports whether a class of characters has all characters of the
// requested word.
func takesWord(ranges []rune) bool {
	return !strings.ContainsFunc(below, func(c rune) bool { return !inRanges(ranges, c) })
}

func inRanges(ranges []rune, c rune) bool {
	for i := 0; i+1 < len(ranges); i += 2 {
		if ranges[i] <= c && c <= ranges[i+1] {
			return true
		}
	}
	return false
}

// oneOf returns a character of a class, if possible one that is usual in a
// path.
func oneOf(ranges []rune) rune {
	for _, c := range "m1M-_./" {
		if inRanges(ranges, c) {
			return c
		}
	}
	if len(ranges) == 0 {
		return 'm'
	}
	return ranges[0]
}

// Neighbours returns paths that almost belong to this open route and do belong
// to a guarded one that contains it: with letters appended, and in the other
// case. ingress-nginx serves them by the open route if the host has patterns.
func (r Route) Neighbours(all []Route) []string {
	if r.Path == "/" || r.isPattern() {
		return nil
	}
	var asked []string
	path := strings.TrimSuffix(r.Path, "/")
	try := func(candidate string) {
		owner, ok := Owner(all, r.Host, candidate)
		if ok && owner.Access == Guarded && candidate != path && !slices.Contains(asked, candidate) {
			asked = append(asked, candidate)
		}
	}
	try(path + "-" + below)
	for _, g := range all {
		if g.Access == Guarded && g.Covers(r.Host, path) && !g.isPattern() {
			rest := path[min(len(path), len(strings.TrimSuffix(g.Path, "/"))):]
			try(strings.TrimSuffix(path, rest) + otherCase(rest))
		}
	}
	return asked
}

// otherCase changes the case of letters.
func otherCase(text string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsUpper(c) {
			return unicode.ToLower(c)
		}
		return unicode.ToUpper(c)
	}, text)
}
