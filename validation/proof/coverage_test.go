package proof

import (
	"bufio"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/phalanx"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// covered is a line of the table of known facts and the checks that verify them.
type covered struct {
	pattern, text string
	is            *regexp.Regexp
	used          bool
}

// TestCoverage asserts that the table is complete. Every recorded case, route,
// option, setting and header has a line with the checks that verify it, or the
// reason why none needs to. No line is unused.
func TestCoverage(t *testing.T) {
	t.Parallel()
	table, names := coverageTable(t), checkNames(t)
	for _, item := range knownItems(t) {
		at := slices.IndexFunc(table, func(c *covered) bool { return c.is.MatchString(item) })
		if assert.GreaterOrEqual(t, at, 0, "%s: no line of the table says which check asks it", item) {
			table[at].used = true
		}
	}
	for _, c := range table {
		assert.True(t, c.used, "%s: nothing known fits this line", c.pattern)
		if reason, none := strings.CutPrefix(c.text, "- "); none {
			assert.NotEmpty(t, reason, c.pattern)
			continue
		}
		for name := range strings.FieldsSeq(c.text) {
			assert.Contains(t, names, name, "%s: no such check", c.pattern)
		}
	}
}

func coverageTable(t *testing.T) []*covered {
	t.Helper()
	var table []*covered
	for _, line := range linesOf(t, "table.txt") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		pattern, text, ok := strings.Cut(line, ": ")
		require.True(t, ok, line)
		is := regexp.MustCompile(`^` + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, `.*`) + `$`)
		table = append(table, &covered{pattern: pattern, text: text, is: is})
	}
	return table
}

func linesOf(t *testing.T, name string) []string {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", "coverage", name))
	require.NoError(t, err)
	defer func() { assert.NoError(t, file.Close()) }()
	var all []string
	for scanner := bufio.NewScanner(file); scanner.Scan(); {
		all = append(all, scanner.Text())
	}
	return all
}

// knownItems returns all items that need a line in the table.
func knownItems(t *testing.T) []string {
	t.Helper()
	items := recordedItems(t)
	for _, route := range linesOf(t, "routes-15.0.0.txt") {
		items = append(items, "route "+route)
	}
	for _, option := range optionsOf(reflect.TypeFor[gafaelfawr.IngressConfig](), "") {
		items = append(items, "option "+option)
	}
	for setting := range maps.Keys(phalanx.Defaults().Nginx) {
		items = append(items, "setting "+setting)
	}
	slices.Sort(items)
	return slices.Compact(items)
}

// recordedItems are the names of all recorded cases, and all headers in them.
func recordedItems(t *testing.T) []string {
	t.Helper()
	type recordedCase struct {
		Name  string
		Steps []struct {
			Response struct{ Headers []gafaelfawr.HeaderLine }
			Sighting *struct{ Headers []gafaelfawr.HeaderLine }
		}
	}
	var items []string
	for _, name := range []string{"healthy", "pairs", "ldap", "operator"} {
		raw, err := os.ReadFile(filepath.Join("..", "..", "fixtures", "recordings", name+".json"))
		require.NoError(t, err)
		var file struct {
			Cases []recordedCase
			Runs  []struct{ Cases []recordedCase }
			// Ingresses and Tokens are the operator's.
			Ingresses []struct{ Name string }
			Tokens    []struct{ Name string } `json:"service_tokens"`
		}
		require.NoError(t, json.Unmarshal(raw, &file))
		for _, run := range file.Runs {
			file.Cases = append(file.Cases, run.Cases...)
		}
		for _, object := range slices.Concat(file.Ingresses, file.Tokens) {
			items = append(items, "case "+name+"/"+object.Name)
		}
		for _, c := range file.Cases {
			items = append(items, "case "+name+"/"+c.Name)
			for _, s := range c.Steps {
				items = append(items, headerItems("client", s.Response.Headers)...)
				if s.Sighting != nil {
					items = append(items, headerItems("application", s.Sighting.Headers)...)
				}
			}
		}
	}
	return items
}

func headerItems(at string, lines []gafaelfawr.HeaderLine) []string {
	var all []string
	for _, l := range lines {
		all = append(all, "header "+at+" "+strings.ToLower(l.Name()))
	}
	return all
}

// optionsOf are the members of a configuration, those of objects in it with a dot.
func optionsOf(of reflect.Type, prefix string) []string {
	var all []string
	for field := range of.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		kind := field.Type
		if kind.Kind() == reflect.Pointer {
			kind = kind.Elem()
		}
		if kind.Kind() == reflect.Struct && kind.NumField() > 0 {
			all = append(all, optionsOf(kind, prefix+name+".")...)
			continue
		}
		all = append(all, prefix+name)
	}
	return all
}
