package environment

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/lsst-sqre/muster/fixtures/environments"
	"github.com/lsst-sqre/muster/validation/environment/phalanx"
)

// schema is the part of JSON Schema (draft 7) that describes an environment file.
type schema struct {
	Schema      string             `json:"$schema,omitempty"`
	Title       string             `json:"title,omitempty"`
	Description string             `json:"description,omitempty"`
	Type        any                `json:"type,omitempty"`
	Enum        []string           `json:"enum,omitempty"`
	Pattern     string             `json:"pattern,omitempty"`
	MinItems    int                `json:"minItems,omitempty"`
	Items       *schema            `json:"items,omitempty"`
	AnyOf       []*schema          `json:"anyOf,omitempty"`
	Required    []string           `json:"required,omitempty"`
	Properties  map[string]*schema `json:"properties,omitempty"`
	// Additional is false, or a schema of members of any name.
	Additional any `json:"additionalProperties,omitempty"`
}

// particular adds what the type of a key does not express.
var particular = map[string]func(*schema){
	"url": func(s *schema) { s.Pattern = `^\s*[Hh][Tt][Tt][Pp][Ss]://[^/?#@\s]+/*\s*$` },
	"muster.deployed": func(s *schema) {
		s.Type, s.AnyOf = nil, []*schema{{Enum: []string{GoMuster, PythonMuster, NoMuster}}, {Type: "null"}}
	},
	"features[]": func(s *schema) {
		known := texts(Features)
		s.Type, s.AnyOf = nil, []*schema{{Enum: known}, {Type: "string", Pattern: `^[+-](` + strings.Join(known, "|") + `)$`}}
	},
	"exposed[]":     func(s *schema) { s.Pattern = `^[^/]+/[^/]+$` },
	"known[]":       func(s *schema) { s.Required = []string{"check", "reason", "until"} },
	"protected[]":   func(s *schema) { s.Required = []string{"path", "scope"} },
	"known[].check": func(s *schema) { s.Pattern = nameOfCheck.String() },
	"known[].until": func(s *schema) { s.Pattern = `^\d{4}-\d{2}-\d{2}$` },
	"open[]":        func(s *schema) { s.Pattern = `^[^/]+/[^/]+$` },
	"services.*[]":  func(s *schema) { s.Pattern = workloadName.String() },
	"services": func(s *schema) {
		s.Properties = map[string]*schema{}
		workloads := s.Additional.(*schema)
		for _, name := range phalanx.Known() {
			s.Properties[name] = &schema{Type: []string{"array", "null"}, Items: workloads.Items}
		}
		workloads.Type = "array" // the suite knows only the workloads of these applications
	},
}

// makeSchema describes an environment file to editors and to the chart's values.
func makeSchema() ([]byte, error) {
	s := schemaOf(reflect.TypeFor[Environment](), "")
	s.Schema, s.Title = "http://json-schema.org/draft-07/schema#", "An environment file of Muster's validation suite"
	text, err := environments.Files.ReadFile("example.yaml")
	if err != nil {
		return nil, err
	}
	var example yaml.Node
	if err := yaml.Unmarshal(text, &example); err != nil {
		return nil, err
	}
	for pair := range slices.Chunk(example.Content[0].Content, 2) { // a key and its value
		s.Properties[pair[0].Value].Description = comment(pair[0].HeadComment)
	}
	return json.MarshalIndent(s, "", "  ")
}

// comment returns the text of a comment in one line.
func comment(text string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll("\n"+text, "\n#", " ")), " ")
}

func schemaOf(t reflect.Type, key string) *schema {
	s := &schema{}
	switch {
	case t.Kind() == reflect.Pointer:
		return schemaOf(t.Elem(), key)
	case t == reflect.TypeFor[time.Duration]():
		s.Type, s.Pattern = []string{"string", "null"}, `^([0-9.]+(ns|us|ms|s|m|h))+$|^0$`
	case t.Kind() == reflect.Struct:
		s.Type, s.Properties, s.Additional = []string{"object", "null"}, map[string]*schema{}, false
		for f := range t.Fields() {
			if name := keyOf(f); name != "" {
				s.Properties[name] = schemaOf(f.Type, join2(key, name))
			}
		}
	case t.Kind() == reflect.Map:
		s.Type, s.Additional = []string{"object", "null"}, schemaOf(t.Elem(), key+".*")
	case t.Kind() == reflect.Slice:
		s.Type, s.Items = []string{"array", "null"}, schemaOf(t.Elem(), key+"[]")
		s.Items.Type = withoutNull(s.Items.Type)
	case t.Kind() == reflect.Bool:
		s.Type = []string{"boolean", "null"}
	case t.Kind() == reflect.Int:
		s.Type = []string{"integer", "null"}
	default:
		s.Type = []string{"string", "null"}
	}
	if change := particular[key]; change != nil {
		change(s)
	}
	return s
}

func withoutNull(t any) any {
	if list, ok := t.([]string); ok {
		return list[0]
	}
	return t
}
