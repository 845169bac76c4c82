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

// propertiesOfCase are the one extension of the schema, which pytest, gotestsum
// and others write as well. Those of a suite stand at its beginning.
var propertiesOfCase = regexp.MustCompile(`(?s)(<testcase [^>]*>)\s*<properties>.*?</properties>`)

// The common schema is that of Jenkins. It is not ours to keep a copy of:
// scripts/junit-schema gets it.
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
