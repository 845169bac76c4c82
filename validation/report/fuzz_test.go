package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// FuzzReport asserts what holds of any stream: the program writes reports, CI can
// read them, and nothing passes that did not end well.
func FuzzReport(f *testing.F) {
	for _, seed := range []string{
		"", "text\n", `{"Action":"start","Package":"p"}`,
		`{"Action":"run","Package":"p","Test":"TestA/b"}` + "\n" + `{"Action":"fail","Package":"p","Test":"TestA/b"}` + "\n" +
			`{"Action":"fail","Package":"p"}`,
		`{"Action":"output","Package":"p","Output":"muster.run={\"verdict\":\"pass\",\"requests\":-7}\n"}`,
		`{"Action":"attr","Package":"p","Test":"TestA","Key":"muster.check","Value":"{\"outcome\":\"advice\",` +
			`\"security\":true}"}`,
		`{"Action":"attr","Package":"p","Test":"TestA","Key":"muster.finding+","Value":"{\"code\":"}`,
		`{"Action":"output","Package":"p","Test":"TestA","Output":"\u0000]]>\u001b[1m\ufffe"}`,
		`{"Action":"attr","Package":"p","Test":"TestA","Key":"runbook","Value":"javascript:x"}`,
		`{"Action":"pass","Package":"p","Test":"TestA","Elapsed":1e308}` + "\n" +
			`{"Action":"pass","Package":"p","Test":"TestA","Elapsed":1e308}`,
		`{"Action":"pass","Package":"p","Test":"TestA","Elapsed":-1}` + "\n" + `{"Action":"pass","Package":"p"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		s, err := verdict.Read(bytes.NewReader(stream), func(verdict.Change) {})
		r := s.Run(err)
		var document, page, text bytes.Buffer
		require.NoError(t, writeJUnit(&document, r))
		assertWellFormed(t, document.Bytes())
		require.NoError(t, writeHTML(&page, publication{Run: r, source: defaultSource}))
		require.NoError(t, writeMarkdown(&text, publication{Run: r, source: defaultSource}))
		_, err = json.Marshal(r)
		require.NoError(t, err)
		var file junitFile
		require.NoError(t, xml.Unmarshal(document.Bytes(), &file))
		assert.Equal(t, r.Verdict != verdict.Pass, file.Failures+file.Errors > 0, "verdict %s", r.Verdict)
	})
}
