package environment

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/lsst-sqre/muster/validation/environment/phalanx"
)

// layers are declarations of one environment, each over the one before:
// Phalanx's Git, then the environment file, key by key, then flags. The source
// of each key is kept.
type layers struct {
	root    *yaml.Node
	sources map[string]string
}

func newLayers() *layers { return &layers{emptyMapping(), map[string]string{}} }

func emptyMapping() *yaml.Node { return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"} }

func emptyList() *yaml.Node { return &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"} }

// set sets the value of a key, or adds an item to a list.
func (l *layers) set(line phalanx.Line) {
	node := l.root
	for _, key := range line.Key[:len(line.Key)-1] {
		node = member(node, key, emptyMapping)
	}
	last, key := line.Key[len(line.Key)-1], strings.Join(line.Key, ".")
	value := &yaml.Node{}
	if err := value.Encode(line.Value); err != nil {
		panic(fmt.Sprintf("a declaration that is no YAML: %v", err)) // this program made it
	}
	if !line.List {
		*member(node, last, func() *yaml.Node { return &yaml.Node{} }) = *value
		l.sources[key] = line.Source
		return
	}
	list := member(node, last, emptyList)
	if item := itemKey(key, value, len(list.Content)); l.sources[item] == "" {
		list.Content = append(list.Content, value)
		l.sources[item] = line.Source
	}
}

// itemKey returns the key of an item of a list: its value or, if it has keys of
// its own, its number.
func itemKey(key string, item *yaml.Node, number int) string {
	if item.Kind == yaml.ScalarNode {
		return key + "[" + item.Value + "]"
	}
	return fmt.Sprintf("%s[%d]", key, number)
}

// member returns the value of a key in a mapping, and makes it if it is
// missing.
func member(node *yaml.Node, key string, create func() *yaml.Node) *yaml.Node {
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == key {
			return node.Content[i+1]
		}
	}
	node.Content = append(node.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key}, create())
	return node.Content[len(node.Content)-1]
}

// overlay puts a file over the present values, key by key. A list replaces the
// present one, unless it has features with a sign.
func (l *layers) overlay(file string, node *yaml.Node) { l.over(l.root, node, "", file) }

func (l *layers) over(below, above *yaml.Node, key, file string) {
	for above.Kind == yaml.AliasNode {
		above = above.Alias
	}
	for i := 0; i+1 < len(above.Content); i += 2 {
		name, value := above.Content[i].Value, above.Content[i+1]
		for value.Kind == yaml.AliasNode {
			value = value.Alias
		}
		at := join2(key, name)
		source := fmt.Sprintf("%s:%d", file, above.Content[i].Line)
		switch {
		case name == "<<":
			l.over(below, value, key, file)
		case value.Tag == "!!null" && key != "services": // as if it were not there
		case value.Kind == yaml.MappingNode:
			l.sources[at] = source
			l.over(member(below, name, emptyMapping), value, at, file)
		case at == "features" && signed(value):
			l.change(member(below, name, emptyList), value, source)
		default:
			*member(below, name, func() *yaml.Node { return &yaml.Node{} }) = *value
			l.sources[at] = source
			for number, item := range value.Content {
				l.sources[itemKey(at, item, number)] = source
			}
		}
	}
}

// signed reports whether a list has a feature that begins with - or +.
func signed(list *yaml.Node) bool {
	for _, item := range list.Content {
		if strings.HasPrefix(item.Value, "-") || strings.HasPrefix(item.Value, "+") {
			return true
		}
	}
	return false
}

// change removes features from a list and adds others.
func (l *layers) change(list, by *yaml.Node, source string) {
	for _, item := range by.Content {
		name := strings.TrimLeft(item.Value, "+-")
		var left []*yaml.Node
		for _, other := range list.Content {
			if other.Value != name {
				left = append(left, other)
			}
		}
		list.Content = left
		if !strings.HasPrefix(item.Value, "-") {
			list.Content = append(list.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: name})
			l.sources["features["+name+"]"] = source
		}
	}
}
