package proof

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// allChecks are the checks of the suite, by name, with their source.
func allChecks(t *testing.T) map[string]*ast.FuncDecl {
	t.Helper()
	files, err := filepath.Glob("../*_test.go")
	require.NoError(t, err)
	checks := map[string]*ast.FuncDecl{}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		require.NoError(t, err)
		for _, d := range parsed.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && strings.HasPrefix(f.Name.Name, "Test") && f.Name.Name != "TestMain" {
				checks[f.Name.Name] = f
			}
		}
	}
	require.GreaterOrEqual(t, len(checks), 50)
	return checks
}

func checkNames(t *testing.T) []string {
	var names []string
	for name := range allChecks(t) {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// TestRunbook asserts that every check has a section of its own, and every
// section a check.
func TestRunbook(t *testing.T) {
	text, err := os.ReadFile("../RUNBOOK.md")
	require.NoError(t, err)
	var sections []string
	for _, m := range regexp.MustCompile(`(?m)^## (Test\w+)$`).FindAllStringSubmatch(string(text), -1) {
		sections = append(sections, m[1])
	}
	slices.Sort(sections)
	assert.Equal(t, checkNames(t), sections)
}

// TestObligations asserts that every check has a sentence for its obligation and
// one for the probable cause.
func TestObligations(t *testing.T) {
	for name, f := range allChecks(t) {
		t.Run(name, func(t *testing.T) {
			fields := map[string]ast.Expr{}
			ast.Inspect(f, func(n ast.Node) bool {
				if kv, ok := n.(*ast.KeyValueExpr); ok {
					if key, ok := kv.Key.(*ast.Ident); ok && fields[key.Name] == nil {
						fields[key.Name] = kv.Value
					}
				}
				return true
			})
			says, ok := literal(fields["Says"])
			require.True(t, ok, "Says is a literal")
			assert.True(t, strings.HasSuffix(says, "."), "Says is a sentence")
			assert.NotNil(t, fields["Cause"])
		})
	}
}

// literal returns the text of a string literal, or of a sum of several.
func literal(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil
	case *ast.BinaryExpr:
		left, ok := literal(e.X)
		right, also := literal(e.Y)
		return left + right, ok && also && e.Op == token.ADD
	}
	return "", false
}
