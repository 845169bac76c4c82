package muster

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// byLibrary is the report as encoding/json writes it, without escapes for HTML.
func byLibrary(t testing.TB, r *Report) string {
	t.Helper()
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	require.NoError(t, encoder.Encode(r))
	return string(bytes.TrimSpace(out.Bytes()))
}

func TestReportIsWrittenAsTheLibraryDoes(t *testing.T) {
	t.Parallel()
	uid := 5
	full := Report{Schema: 1, Status: Fail, Probe: "p", Server: About{"n", "v", "i"}, Checks: []Check{{"a", Pass, "m"}, {"b", Skip, "é <x> \"q\" \\ \n"}},
		Identity: &Identity{User: "u", Email: "e@x", Service: "s", Token: "t"}, UserInfo: &gafaelfawr.UserInfo{Username: "u", UID: &uid, Groups: []gafaelfawr.Group{{Name: "g", ID: 1}}},
		TokenInfo: &gafaelfawr.TokenInfo{Key: "k", Scopes: []string{}, Expires: gafaelfawr.Time{Time: time.Unix(5, 0)}},
		Sighting:  Sighting{"GET", "HTTP/1.1", "/p?a=<b>&c", "::1", []gafaelfawr.HeaderLine{{"A", ""}, {"b", "\t\x7f\x80"}}, "i"}}
	empty := Report{Checks: []Check{}, Identity: &Identity{}, Sighting: Sighting{Headers: []gafaelfawr.HeaderLine{}}}
	for _, r := range []*Report{&full, &empty} {
		assert.Equal(t, byLibrary(t, r), string(appendReport(nil, r)))
	}
}

func FuzzReportIsWrittenAsTheLibraryDoes(f *testing.F) {
	f.Add("a", "b", "c")
	f.Add("\u2028\"\\", "\xff\xfe", "\x00\x1f\x7f")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		r := &Report{Schema: len(a), Status: Status(a), Probe: b, Server: About{c, a, b}, Checks: []Check{{a, Status(b), c}}, Identity: &Identity{User: a, Email: b, Token: c},
			Sighting: Sighting{a, b, c, a, []gafaelfawr.HeaderLine{{b, c}, {c, a}}, b}}
		if want, got := byLibrary(t, r), string(appendReport(nil, r)); want != got {
			t.Errorf("want %s\ngot  %s", want, got)
		}
	})
}

func TestGuard(t *testing.T) {
	t.Parallel()
	assert.Equal(t, `{"a":"gt-<`+gafaelfawr.Fingerprint(callerToken)+`>","b":1}`, string(gafaelfawr.Guard([]byte(`{"a":"`+callerToken+`","b":1}`))))
	harmless := []byte(`{"a":"gt-<0123456789ab>","b":"gt-short"}`)
	assert.Equal(t, harmless, gafaelfawr.Guard(harmless))
}
