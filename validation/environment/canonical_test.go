package environment

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Every spelling of the URL gives the same environment.
func TestURLSpellings(t *testing.T) {
	const canonical = "https://data.example.org"
	want := loaded(t, canonical)
	for range 500 {
		text := spelling(canonical)
		got := loaded(t, text)
		assert.Equal(t, want, got, text)
	}
	for text, host := range map[string]string{
		"https://data.example.org:8443/":    "data.example.org:8443",
		"https://data.example.org:08443":    "data.example.org:8443",
		"https://[2001:DB8::1]:443":         "[2001:db8::1]",
		"https://[2001:db8::1]:8443/":       "[2001:db8::1]:8443",
		"https://192.0.2.1":                 "192.0.2.1",
		"https://bücher.example.org":        "xn--bcher-kva.example.org",
		"https://BÜCHER.example.org":        "xn--bcher-kva.example.org",
		"https://xn--bcher-kva.example.org": "xn--bcher-kva.example.org",
	} {
		e := loaded(t, text)
		assert.Equal(t, "https://"+host, e.URL, text)
		assert.Equal(t, host, e.HostHeader(), text)
	}
}

// spelling returns another spelling of a URL.
func spelling(canonical string) string {
	scheme, host, _ := strings.Cut(canonical, "://")
	text := anyCase(scheme) + "://" + anyCase(host)
	for _, more := range [][]string{{"", "."}, {"", ":443", ":0443", ":"}, {"", "/", "//"}} {
		text += more[rand.IntN(len(more))]
	}
	return []string{"", " ", "\t"}[rand.IntN(3)] + text + []string{"", " "}[rand.IntN(2)]
}

func anyCase(text string) string {
	return strings.Map(func(r rune) rune {
		if rand.IntN(2) == 0 {
			return []rune(strings.ToUpper(string(r)))[0]
		}
		return r
	}, text)
}

func loaded(t *testing.T, url string) *Environment {
	e, err := Load(Options{Name: file(t, "url: \""+strings.ReplaceAll(url, "\t", `\t`)+"\"\n")})
	require.NoError(t, err, url)
	e.sources = nil
	return e
}

// An impossible URL is refused with one sentence, which does not repeat possible
// secrets.
func TestBadURLs(t *testing.T) {
	for _, text := range []string{
		"", "data.example.org", "http://data.example.org", "https://", "https://:443", "https:///x", "https:data.example.org",
		"https://data.example.org/path", "https://data.example.org?x=1", "https://data.example.org/#x",
		"https://data.example.org?",
		"https://data.example.org:99999", "https://data.example.org:0", "https://data.example.org:port",
		"https://data..example.org",
		"https://data example.org", "https://data.example.org%00", "https://*.example.org", "ftp://data.example.org",
		"https://[::1",
		"https://.example.org", "https://data.example.org..", "//data.example.org", "https://data_x.example.org\\path",
		"https://user:hunter2@data.example.org", "user:hunter2@data.example.org", "https://user:hunter2@[",
		"https://data.example.org?p=hunter2",
		"https://data.example.org:x@hunter2", "https://data.example.org/#hunter2",
	} {
		_, err := Load(Options{Name: file(t, "url: '"+text+"'\n")})
		if assert.ErrorContains(t, err, "url ", text) {
			assert.NotContains(t, err.Error(), "\n", text)
			assert.NotContains(t, err.Error(), "hunter2", text)
		}
	}
}

// A canonical URL is its own canonical form. Any other text gives an error of one
// sentence.
func FuzzURL(f *testing.F) {
	for _, text := range []string{
		"https://data.example.org", "https://DATA.example.org:443/", "https://[::1]:8443", "https://u:p@h", "https://ü",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		u, err := canonicalURL(text)
		if err != nil {
			return
		}
		again, err := canonicalURL(u.String())
		require.NoError(t, err)
		assert.Equal(t, u.String(), again.String())
		assert.Equal(t, strings.ToLower(u.Host), u.Host)
		assert.Nil(t, u.User)
	})
}

// Paths and addresses have one form, or are refused.
func TestPathsAndAddresses(t *testing.T) {
	for _, path := range []string{"/muster", "muster", "/muster/", "muster/"} {
		e, err := Load(Options{Name: file(t, "url: https://a.example\nmuster: {path: "+path+"}\n")})
		require.NoError(t, err)
		assert.Equal(t, "/muster", e.Muster.Path)
	}
	for text, says := range map[string]string{
		"muster: {path: /}":           "muster.path must be a path such as /muster, not the top of the host",
		"muster: {path: '/muster?x'}": `muster.path must be a path such as /muster, not "/muster?x"`,
		"address: 192.0.2.10": `address must be an address with its port, ` +
			`such as 192.0.2.10:443, not "192.0.2.10"`,
		"httpAddress: '192.0.2.10:http'":              "httpAddress must be an address with its port, such as 192.0.2.10:80",
		"protected: [{path: '/a?b', scope: x}]":       `protected path "/a?b" needs a path`,
		"bootstrap: {variable: ''}":                   "bootstrap.file and bootstrap.variable must not be empty",
		"bootstrap: {file: ''}":                       "bootstrap.file and bootstrap.variable must not be empty",
		"bootstrap: {secret: {name: x}, file: token}": "exactly one of secret, file and variable",
	} {
		_, err := Load(Options{Name: file(t, "url: https://a.example\n"+text+"\n")})
		assert.ErrorContains(t, err, says, text)
	}
	e, err := Load(Options{Name: file(t, "url: https://a.example\naddress: 192.0.2.10:8443\n")})
	require.NoError(t, err)
	assert.Equal(t, "192.0.2.10:80", e.HTTPAddress)
}

// Relative paths count from the file, and ~ is the home folder.
func TestPaths(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	at := file(
		t,
		"url: https://a.example\nca: ca.pem\nbootstrap: {file: ../token}\n"+
			"kubernetes: {context: x, kubeconfig: ~/.kube/other}\n",
	)
	e, err := Load(Options{Name: at, Folder: "/elsewhere"})
	require.NoError(t, err)
	folder := strings.TrimSuffix(at, "/test.yaml")
	assert.Equal(t, folder+"/ca.pem", e.CA)
	assert.Equal(t, folder[:strings.LastIndex(folder, "/")]+"/token", e.Bootstrap.File)
	assert.Equal(t, home+"/.kube/other", e.Kubernetes.Kubeconfig)
}

// Errors about a file use the words of YAML and of the file.
func TestSyntaxErrors(t *testing.T) {
	for text, says := range map[string]string{
		"url: https://a.example\n\tca: x\n": "line 2: it begins with a tab: " +
			"YAML indents with spaces",
		"muster:\n\tdeployed: go\n":                        "line 2: it begins with a tab",
		"url: https://a.example\nurl: https://b.example\n": `line 2: the key "url" is there twice, first in line 1`,
		"url: https://a.example\nprotcted: []\n": `line 2: unknown key "protcted" ` +
			`(did you mean "protected"?)`,
		"url: https://a.example\nmuster:\n  paht: /m\n": `line 3: unknown key "paht" under muster ` +
			`(did you mean "path"?)`,
		"features: kubernetes\n": "line 1: features must be a list, such as [kubernetes, argocd]",
		"protected: [/mobu]\n": "line 1: each item of protected must be a mapping, " +
			"such as {path: /mobu, scope: exec:admin}",
		"protected:\n- {path: /a, scope: b, authCacheDuration: 5}\n": "line 2: protected.authCacheDuration " +
			"must be a duration, such as 5s",
		"adviceFails: sometimes\n":      "line 1: adviceFails must be true or false",
		"user: {username: a, uid: x}\n": "line 1: user.uid must be a whole number, such as 12345",
		"rate: 20.5\n":                  "line 1: rate must be a whole number",
		"url: https://a.example\nmuster: {path: 'https://a.example/muster'}\n": "muster.path must be a path such as /muster",
		"url: https://a.example\nprotected: [{path: /a, scope: 'x:y'}, {path: /a/, scope: 'x:z'}]\n": "the path /a/ is " +
			"under protected twice, with the scopes x:y and x:z",
		"url: [https://a.example]\n": "line 1: url must be one value, such as https://data.example.org",
		"- a\n":                      "line 1: it has no keys, such as url: https://data.example.org",
		"features: [quota]\nurl: 'https://a.example\n": "line 2: it is no YAML: the quotation mark that begins here",
		"# nothing\n": "it is empty: url is required",
		// The line of the mistake, which the library does not always name.
		"# a\nurl: https://a.example\nscope: b\nfeatures: [quota\nopen: []\n": "line 4: it is no YAML: " +
			"the list that begins here does not end",
		"# a\nurl: https://a.example\nfeatures:\n  - quota\n - vault\nopen: []\n": "line 5: it is no YAML: " +
			"it does not fit to the lines before",
		"url: https://a.example\nmuster: {deployed: none\nscope: b\n": "line 2: it is no YAML: " +
			"the mapping that begins here",
		"url: https://a.example\nmuster: {deployed: none}}\nscope: b\n": "line 2: it is no YAML: it does not fit",
		"url: https://a.example\nscope: a: b\nopen: []\n":               "line 2: it is no YAML: there is a colon too many",
		"url: https://a.example\n  open: []\n":                          "line 2: it is no YAML: there is a colon too many",
		"url: https://a.example\nscope b\nopen: []\n":                   "line 2: it is no YAML: there is no colon behind",
		"url: https://a.example\nscope: @b\n":                           "line 2: it is no YAML: no value begins with this",
		"url: https://a.example\nscope: *b\n":                           "line 2: it is no YAML: a value that begins with *",
		"url: https://a.example\nfeatures: [-vualt]\n": `line 2: unknown feature "-vualt"` +
			` (did you mean "vault"?)`,
		"url: https://a.example\nfeatures:\n- quota\n- Vault\n": `line 4: unknown feature "Vault"` +
			` (did you mean "vault"?)`,
		"url: https://a.example\nFEATURES: [quota]\n": `line 2: unknown key "FEATURES"` +
			` (did you mean "features"?)`,
		"url: https://a.example\nuser: {username: Alice}\n": `user.username must be a user name of Gafaelfawr, ` +
			`in lower case, such as alice, not "Alice"`,
		"a: &a [x, x, x, x, x, x, x, x, x]\n": `line 1: unknown key "a"`,
	} {
		_, err := Load(Options{Name: file(t, text)})
		if assert.ErrorContains(t, err, says, text) {
			assert.NotContains(t, err.Error(), "\n", text)
			assert.NotRegexp(t, `unmarshal|!!|reflect|suite\.|environment\.[A-Z]|time\.`, err.Error())
		}
	}
	e, err := Load(Options{Name: file(t, "\ufeffurl: https://a.example\r\nfeatures: [quota]\r\n")})
	require.NoError(t, err)
	assert.Equal(t, []Feature{Quota}, e.Features)
}

// No text makes the reader panic or print Go types.
func FuzzFile(f *testing.F) {
	f.Add("url: https://a.example\nfeatures: [quota]\n")
	f.Add("user: &u {username: a}\n<<: *u\nservices: {a: }\n")
	f.Add("protected: [{path: /a, scope: b}]\nfeatures: [-a]\n")
	f.Fuzz(func(t *testing.T, text string) {
		root, err := parse([]byte(text))
		if err != nil {
			assert.NotRegexp(t, `unmarshal|reflect|panic`, strings.ReplaceAll(err.Error(), text, ""))
			return
		}
		l := newLayers()
		l.overlay("file", root)
		_ = l.root.Decode(&Environment{})
	})
}

func TestEndlessFile(t *testing.T) {
	_, err := Load(Options{Name: "/dev/zero"})
	assert.EqualError(t, err, "cannot read the environment file /dev/zero: it is larger than 1 MiB")
}

// A known failure has a check, a reason and a day.
func TestKnown(t *testing.T) {
	e, err := Load(
		Options{Name: file(t, "url: https://a.example\nknown: [{check: TestSweep, reason: PREOPS-1, until: 2026-12-24}]\n")},
	)
	require.NoError(t, err)
	k, ok := e.Knows("TestSweep")
	require.True(t, ok)
	assert.False(t, k.Over(time.Date(2026, 12, 24, 23, 59, 0, 0, time.UTC)))
	assert.True(t, k.Over(time.Date(2026, 12, 25, 0, 0, 0, 0, time.UTC)))
	for text, says := range map[string]string{
		"{check: sweep, reason: a, until: 2026-12-24}": `"sweep" under known must be the name of a check`,
		"{check: TestSweep, until: 2026-12-24}":        "the known failure of TestSweep needs a reason",
		"{check: TestSweep, reason: a, until: next week}": `until of the known failure of TestSweep must be a day, ` +
			`such as 2026-12-24, not "next week"`,
		"{check: TestSweep, reason: a}": "must be a day, such as 2026-12-24",
		"{check: TestSweep, reason: a, until: 2026-12-24}, {check: TestSweep, reason: b, until: 2026-12-25}": "TestSweep " +
			"is under known twice",
		"{check: TestSweep, reason: a, untill: 2026-12-1}": `unknown key "untill" under known (did you mean "until"?)`,
	} {
		_, err := Load(Options{Name: file(t, "url: https://a.example\nknown: ["+text+"]\n")})
		assert.ErrorContains(t, err, says)
	}
}

func TestPorts(t *testing.T) {
	t.Parallel()
	for port, ok := range map[string]bool{"1": true, "0443": true, "65535": true, "0": false, "65536": false, "x": false} {
		_, err := canonicalPort(port)
		assert.Equal(t, ok, err == nil, port)
	}
}
