package environment

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	k8syaml "sigs.k8s.io/yaml"
)

const (
	schemaFile = "environment.schema.json"
	chartFile  = "../../muster/chart/values.schema.json"
)

var chartLine = regexp.MustCompile(`(?m)^    "environment": \{"type".*\},$`)

// The schema files for editors and for the chart's values describe the type that
// the suite reads.
func TestSchema(t *testing.T) {
	want, err := makeSchema()
	require.NoError(t, err)
	want = append(want, '\n')
	line := chartSchema(t, want)
	chart, err := os.ReadFile(chartFile)
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile(schemaFile, want, 0o600))
		chart = chartLine.ReplaceAllLiteral(chart, line)
		require.NoError(t, os.WriteFile(chartFile, chart, 0o600))
	}
	got, err := os.ReadFile(schemaFile)
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got), "go test ./validation/environment -run TestSchema -update writes it")
	assert.Equal(t, string(line), string(chartLine.Find(chart)), "and the definition in "+chartFile)
}

// chartSchema is the schema as a definition of the chart's, in one line.
func chartSchema(t *testing.T, text []byte) []byte {
	var s schema
	require.NoError(t, json.Unmarshal(text, &s))
	s.Schema, s.Title, s.Description = "", "", ""
	line, err := json.Marshal(s)
	require.NoError(t, err)
	return []byte(`    "environment": ` + string(line) + ",")
}

// The schema and the suite accept and refuse the same files.
func TestSchemaAgrees(t *testing.T) {
	compiler := jsonschema.NewCompiler()
	text, err := makeSchema()
	require.NoError(t, err)
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err)
	require.NoError(t, compiler.AddResource("environment.json", document))
	s, err := compiler.Compile("environment.json")
	require.NoError(t, err)
	validate := func(text string) error {
		asJSON, err := k8syaml.YAMLToJSON([]byte(text))
		require.NoError(t, err)
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
		require.NoError(t, err)
		return s.Validate(value)
	}
	for _, name := range append(shipped(), "idfdev") {
		text, err := os.ReadFile("../../fixtures/environments/" + name + ".yaml")
		if err != nil {
			text, err = os.ReadFile("testdata/derived/" + name + ".yaml")
		}
		require.NoError(t, err)
		assert.NoError(t, validate(string(text)), name)
	}
	assert.NoError(t,
		validate("url: https://a.example\nfeatures: [-vault, +inside]\nservices: {postgres: , mine: [deployment/a]}\n"))
	for _, text := range []string{
		"urll: https://a.example", "url: http://a.example", "url: https://u:p@a.example", "url: https://a.example/x",
		"features: [kubernets]", "features: quota", "muster: {deployed: rust}", "services: {portal: }",
		"services: {mine: [pod/a]}", "open: [squareone]", "protected: [{path: /a, scop: b}]", "user: {uid: many}",
		"protected: [{path: /a, scope: b, authCacheDuration: 5}]", "adviceFails: 1", "protected: [{path: /a}]",
		"known: [{check: TestA, reason: b}]", "features: [-vualt]",
	} {
		assert.Error(t, validate(text), text)
		_, err := Load(Options{Name: file(t, "url: https://a.example\n"+text+"\n")})
		assert.Error(t, err, text)
	}
}
