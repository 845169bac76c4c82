package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// propertiesOfCase are the only extension of the schema; pytest, gotestsum and
// others write them, too. Properties of a suite come first in it.
var propertiesOfCase = regexp.MustCompile(`(?s)(<testcase [^>]*>)\s*<properties>.*?</properties>`)

// The common schema is Jenkins'. We keep no copy, because it is not ours;
// scripts/junit-schema downloads it.
func TestJUnitFollowsTheSchemaOfJenkins(t *testing.T) {
	t.Parallel()
	schema := os.Getenv("MUSTER_JUNIT_SCHEMA")
	if schema == "" {
		t.Skip("no schema: export MUSTER_JUNIT_SCHEMA=$(scripts/junit-schema)")
	}
	xmllint, err := exec.LookPath("xmllint")
	require.NoError(t, err, "xmllint validates it: install libxml2-utils")
	for _, name := range []string{
		"healthy", "outcomes", "dirty", "panics", "parallel", "killed", "setup", "badinput", "nobuild", "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stream := ""
			if name != "" {
				stream = events(t, name)
			}
			file := filepath.Join(t.TempDir(), "junit.xml")
			document := propertiesOfCase.ReplaceAll(reportOn(t, stream).read(t, "junit.xml"), []byte("$1"))
			require.NoError(t, os.WriteFile(file, document, 0o600))
			said, err := exec.CommandContext(t.Context(), xmllint, "--nonet", "--noout", "--schema", schema, file).
				CombinedOutput()
			assert.NoError(t, err, string(said))
		})
	}
	t.Run("can fail", func(t *testing.T) {
		t.Parallel()
		said, err := exec.CommandContext(t.Context(), xmllint, "--nonet", "--noout", "--schema", schema,
			"testdata/golden/report.html").
			CombinedOutput()
		require.Error(t, err)
		assert.False(t, bytes.Contains(said, []byte(" validates\n")))
	})
}
