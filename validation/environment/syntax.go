package environment

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// nodeLimit bounds how large aliases can make an environment file.
const nodeLimit = 20_000

// goTestLine matches what go test appends to the output of -explain.
var goTestLine = regexp.MustCompile(`\nok  \t\S+\t[^\n]*\n?\z`)

// parse reads one YAML document that has keys. It rejects keys and values that
// an environment does not have. Errors use the words of YAML and of the file,
// and name the line.
func parse(text []byte) (*yaml.Node, error) {
	text = goTestLine.ReplaceAll(text, nil)
	var document yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(&document); err != nil {
		return nil, syntaxError(string(text), err)
	}
	if d.Decode(new(yaml.Node)) == nil {
		return nil, errors.New("it holds more than one document")
	}
	root := document.Content[0]
	if root.Tag == "!!null" {
		return nil, errEmpty
	}
	if root.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("line %d: it has no keys, such as url: https://data.example.org", root.Line)
	}
	c := &checker{left: nodeLimit}
	return root, c.check(root, reflect.TypeFor[Environment](), "")
}

// checker compares YAML with the Go type into which it is read.
type checker struct{ left int }

func (c *checker) check(node *yaml.Node, t reflect.Type, key string) error {
	if c.left--; c.left < 0 {
		return errors.New("its aliases make it too large")
	}
	for node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if node.Tag == "!!null" {
		return nil
	}
	switch t.Kind() {
	case reflect.Struct:
		return c.keys(node, t, key)
	case reflect.Map:
		return c.entries(node, t, key)
	case reflect.Slice:
		if node.Kind != yaml.SequenceNode {
			return wrong(node, key, "a list")
		}
		for _, item := range node.Content {
			if err := c.check(item, t.Elem(), key+"[]"); err != nil {
				return err
			}
		}
		if key == "features" {
			return refuseFeatures(node)
		}
		return nil
	}
	return scalar(node, t, key)
}

// keys checks a mapping whose keys are the members of a struct.
func (c *checker) keys(node *yaml.Node, t reflect.Type, key string) error {
	if node.Kind != yaml.MappingNode {
		return wrong(node, key, "a mapping")
	}
	members := membersOf(t)
	return c.each(node, func(name, value *yaml.Node) error {
		if name.Value == "<<" {
			return c.check(value, t, key)
		}
		member, ok := members[name.Value]
		if !ok {
			return fmt.Errorf("line %d: unknown key %q%s%s (fixtures/environments/example.yaml explains every key)",
				name.Line, name.Value, under(key), didYouMean(name.Value, namesOf(t)))
		}
		return c.check(value, member, join2(key, name.Value))
	})
}

// entries checks a mapping with keys of any name.
func (c *checker) entries(node *yaml.Node, t reflect.Type, key string) error {
	if node.Kind != yaml.MappingNode {
		return wrong(node, key, "a mapping")
	}
	return c.each(node, func(_, value *yaml.Node) error { return c.check(value, t.Elem(), key+".*") })
}

func (c *checker) each(node *yaml.Node, do func(name, value *yaml.Node) error) error {
	lines := map[string]int{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		name := node.Content[i]
		if first, ok := lines[name.Value]; ok {
			return fmt.Errorf("line %d: the key %q is there twice, first in line %d", name.Line, name.Value, first)
		}
		lines[name.Value] = name.Line
		if err := do(name, node.Content[i+1]); err != nil {
			return err
		}
	}
	return nil
}

func scalar(node *yaml.Node, t reflect.Type, key string) error {
	if node.Kind != yaml.ScalarNode {
		return wrong(node, key, "one value")
	}
	fraction := false // which the YAML library cuts off
	if number, err := strconv.ParseFloat(node.Value, 64); err == nil && t.Kind() == reflect.Int {
		fraction = number != math.Trunc(number)
	}
	if !fraction && node.Decode(reflect.New(t).Interface()) == nil {
		return nil
	}
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return wrong(node, key, "a duration")
	case t.Kind() == reflect.Bool:
		return wrong(node, key, "true or false")
	}
	return wrong(node, key, "a whole number")
}

// examples has values of keys that are not plain text.
var examples = map[string]string{
	"features": "[kubernetes, argocd]", "protected": "[{path: /mobu, scope: exec:admin}]",
	"protected[]": "{path: /mobu, scope: exec:admin}", "open": "[squareone/squareone]",
	"services": "{postgres: [deployment/postgres]}", "services.*": "[deployment/postgres]",
	"kubernetes": "{context: my-cluster}", "bootstrap": "{file: /run/secrets/bootstrap-token}",
	"bootstrap.secret":     "{namespace: gafaelfawr, name: gafaelfawr, key: bootstrap-token}",
	"sessionSecret":        "{file: /run/secrets/session-secret}",
	"sessionSecret.secret": "{namespace: gafaelfawr, name: gafaelfawr, key: session-secret}",
	"muster":               "{deployed: python}", "names": "{user: bot-check-muster}",
	"user": "{username: alice}", "user.groups": "[g_users]", "user.uid": "12345", "user.gid": "12345",
	"protected[].authCacheDuration": "5s", "protected[].minimumLifetime": "1h",
	"argocd":              "{applications: [argocd, gafaelfawr]}",
	"argocd.applications": "[argocd, gafaelfawr]", "argocd.outOfSync": "[sasquatch]", "url": "https://data.example.org",
	"known[]": `{check: TestApplicationSync, reason: "PREOPS-123", until: 2026-12-24}`,
	"known":   `[{check: TestApplicationSync, reason: "PREOPS-123", until: 2026-12-24}]`,
}

// wrong says what a key must be, with an example if there is one.
func wrong(node *yaml.Node, key, must string) error {
	text := fmt.Sprintf("line %d: %s must be %s", node.Line, strings.ReplaceAll(key, "[]", ""), must)
	if list, ok := strings.CutSuffix(key, "[]"); ok {
		text = fmt.Sprintf("line %d: each item of %s must be %s", node.Line, list, must)
	}
	if example := examples[key]; example != "" {
		text += ", such as " + example
	}
	return errors.New(text)
}

func under(key string) string {
	if key == "" {
		return ""
	}
	return " under " + strings.ReplaceAll(key, "[]", "")
}

func join2(key, name string) string {
	if key == "" {
		return name
	}
	return key + "." + name
}

// membersOf returns the types of a struct's members by key.
func membersOf(t reflect.Type) map[string]reflect.Type {
	all := map[string]reflect.Type{}
	for f := range t.Fields() {
		if name := keyOf(f); name != "" {
			all[name] = f.Type
		}
	}
	return all
}

// namesOf returns the keys of a struct in their order.
func namesOf(t reflect.Type) []string {
	var all []string
	for f := range t.Fields() {
		if name := keyOf(f); name != "" {
			all = append(all, name)
		}
	}
	return all
}

// keyOf returns the key of a member, or "" if the file has none for it.
func keyOf(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	return strings.TrimPrefix(name, "-")
}
