package environment

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Explain returns the environment as a file: every key with its value, and its
// source as a comment. The text can be used as an environment file.
func (e *Environment) Explain() string {
	var root yaml.Node
	if err := root.Encode(e); err != nil {
		panic(fmt.Sprintf("an environment that is no YAML: %v", err)) // it was read from YAML
	}
	e.annotate(&root, "", "default")
	var text bytes.Buffer
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	if err := encoder.Encode(&root); err != nil {
		panic(fmt.Sprintf("an environment that is no YAML: %v", err))
	}
	return folded(text.String())
}

// Columns is the width of the text that Explain returns.
const Columns = 80

// commented matches a line with a value and a comment.
var commented = regexp.MustCompile(`^( *)(.*[:-] )(.*) (#.*)$`)

// folded breaks long lists and mappings at their commas, and puts a long
// comment below its line.
func folded(text string) string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		m := commented.FindStringSubmatch(line)
		if m == nil || utf8.RuneCountInString(line) < Columns {
			lines = append(lines, line)
			continue
		}
		items, margin := []string{m[3]}, m[1]+"    "
		if strings.ContainsAny(m[3][:1], "[{") {
			items = strings.SplitAfter(m[3], ", ")
		}
		last := m[1] + m[2]
		for i, item := range append(items, " "+m[4]) {
			if i > 0 && utf8.RuneCountInString(strings.TrimRight(last+item, " ")) >= Columns {
				lines, last = append(lines, strings.TrimRight(last, " ")), margin
				item = strings.TrimLeft(item, " ")
			}
			last += item
		}
		lines = append(lines, last)
	}
	return strings.Join(lines, "\n")
}

// annotate removes empty values and adds the source of each value.
func (e *Environment) annotate(node *yaml.Node, key, inherited string) {
	var kept []*yaml.Node
	for i := 0; i+1 < len(node.Content); i += 2 {
		name, value := node.Content[i], node.Content[i+1]
		at := join2(key, name.Value)
		if at == "phalanx" { // all that Phalanx says is written out
			continue
		}
		source := inherited
		if own := e.sources[at]; own != "" {
			source = own
		}
		switch value.Kind {
		case yaml.MappingNode:
			e.annotate(value, at, source)
		case yaml.SequenceNode:
			e.annotateList(value, at, source)
		default:
			value.LineComment = source
		}
		if e.sources[at] != "" && value.Tag != "!!null" || !isEmpty(value) {
			kept = append(kept, name, value)
		}
	}
	node.Content = kept
}

func (e *Environment) annotateList(list *yaml.Node, key, source string) {
	sources := map[string]bool{}
	for i, item := range list.Content {
		from := source
		if ownSource := e.sources[itemKey(key, item, i)]; ownSource != "" {
			from = ownSource
		}
		sources[from] = true
		if item.Kind == yaml.MappingNode {
			item.Style = yaml.FlowStyle
		}
		item.LineComment = from
	}
	// Items of one source are on one line.
	if len(sources) == 1 && len(list.Content) > 0 && list.Content[0].Kind == yaml.ScalarNode {
		list.LineComment = list.Content[0].LineComment
		list.Style = yaml.FlowStyle
		for _, item := range list.Content {
			item.LineComment = ""
		}
	}
	if len(list.Content) == 0 {
		list.LineComment = source
	}
}

// isEmpty reports whether a value equals that of a missing key.
func isEmpty(value *yaml.Node) bool {
	switch value.Kind {
	case yaml.MappingNode, yaml.SequenceNode:
		return len(value.Content) == 0
	}
	return value.Tag == "!!null" || value.Value == "" || value.Value == "false" || strings.Trim(value.Value, "0s") == ""
}
