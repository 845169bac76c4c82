package proof

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// spellings returns the encodings of a text by name.
func spellings(text string) map[string]string {
	forms := map[string]string{
		"as it is": text, "in a URL's query": url.QueryEscape(text), "in a URL's path": url.PathEscape(text),
		"in HTML": html.EscapeString(text), "in Go": strings.Trim(strconv.Quote(text), `"`),
		"in hex": hex.EncodeToString([]byte(text)), "in HEX": strings.ToUpper(hex.EncodeToString([]byte(text))),
		"in UTF-16": strings.Join(strings.Split(text, ""), "\x00"),
	}
	if quoted, err := json.Marshal(text); err == nil {
		forms["in JSON"] = strings.Trim(string(quoted), `"`)
	}
	for name, format := range map[string]string{
		"percent-encoded": "%%%02x", "PERCENT-encoded": "%%%02X", "as \\u": `\u%04x`, "as \\U": `\u%04X`, "as \\x": `\x%02x`,
		"as \\ooo": `\%03o`,
		"as &#":    "&#%d;", "as &#x": "&#x%x;", "as &#X": "&#x%X;",
	} {
		var b strings.Builder
		for _, c := range []byte(text) {
			fmt.Fprintf(&b, format, c)
		}
		forms[name] = b.String()
	}
	// Bytes before the text shift its encoding by up to two bytes. The characters
	// at both ends also depend on the neighbours.
	for before := range 3 {
		for name, encoding := range map[string]*base64.Encoding{
			"base64": base64.RawStdEncoding, "base64url": base64.RawURLEncoding,
		} {
			encoded := encoding.EncodeToString([]byte(strings.Repeat("\x00", before) + text))
			forms[fmt.Sprintf("in %s after %d", name, before)] = encoded[[]int{0, 2, 3}[before] : (before+len(text))*8/6]
		}
	}
	return forms
}

// unwrapped returns decodings of a text whose parts are encoded, wrapped into
// lines, or encoded twice.
func unwrapped(text string) []string {
	readings := []string{text, strings.Join(strings.Fields(text), "")}
	for range 3 {
		last := readings[len(readings)-1]
		plain := decodeEscapes(html.UnescapeString(last))
		if plain == last {
			break
		}
		readings = append(readings, plain)
	}
	return readings
}

var escape = regexp.MustCompile(`%[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}`)

func decodeEscapes(text string) string {
	return escape.ReplaceAllStringFunc(text, func(hit string) string {
		code, err := strconv.ParseUint(strings.TrimLeft(hit, `%\ux`), 16, 16)
		if err != nil || code > 0x7f {
			return hit
		}
		return string(rune(code))
	})
}

// shortestRun in characters of base64 is less than a token takes.
const shortestRun = 40

// notBase64 reports whether a character is in neither alphabet. A regular
// expression would take ten times as long.
func notBase64(c rune) bool {
	return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("+/_-", c)
}

// tokensIn returns the whole tokens in a text, in every encoding.
func tokensIn(text string) []string {
	var all []string
	for _, reading := range unwrapped(text) {
		all = append(all, wholeToken.FindAllString(reading, -1)...)
		for _, run := range strings.FieldsFunc(reading, notBase64) {
			if len(run) < shortestRun {
				continue
			}
			run = strings.NewReplacer("-", "+", "_", "/").Replace(run)
			for from := range 4 {
				part := run[from:]
				if len(part)%4 == 1 {
					part = part[:len(part)-1] // no block is that short
				}
				decoded, _ := base64.RawStdEncoding.DecodeString(part) // other text has no token
				all = append(all, wholeToken.FindAllString(string(decoded), -1)...)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// secrets are values that no output may contain, by name.
type secrets struct {
	values map[string]string
	any    *strings.Replacer
}

const replaced = "\x00found\x00"

func newSecrets(values map[string]string) *secrets {
	var pairs []string
	for _, value := range values {
		for _, form := range spellings(value) {
			pairs = append(pairs, form, replaced)
		}
	}
	return &secrets{values, strings.NewReplacer(pairs...)}
}

// in returns the names of the secrets in the text with their encodings.
func (s *secrets) in(text string) []string {
	var found []string
	for _, reading := range unwrapped(text) {
		if !strings.Contains(s.any.Replace(reading), replaced) {
			continue // as nearly always, and much faster
		}
		for name, value := range s.values {
			for form, spelled := range spellings(value) {
				if at := strings.Index(reading, spelled); at >= 0 {
					around := reading[max(0, at-60):at] + "[HERE]" + reading[at+len(spelled):min(len(reading), at+len(spelled)+40)]
					found = append(found, fmt.Sprintf("%s %s: %q", name, form, around))
				}
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// The search finds what it is meant to find.
func TestSecretsAreFoundInEveryEncoding(t *testing.T) {
	t.Parallel()
	token := "gt-" + strings.Repeat("Ab3_-", 4) + "xy." + strings.Repeat("Zk9-_", 4) + "uv"
	half := token[len("gt-")+23:]
	known := newSecrets(map[string]string{"half": half})
	assert.Empty(t, known.in(strings.Repeat("nothing of it "+token[:26], 100)))
	texts := map[string]string{
		"Basic":          "Basic " + base64.StdEncoding.EncodeToString([]byte(token+":x-oauth-basic")),
		"Basic password": "Basic " + base64.StdEncoding.EncodeToString([]byte("x-oauth-basic:"+token)),
		"in lines of base64": regexp.MustCompile(`.{20}`).
			ReplaceAllString(base64.StdEncoding.EncodeToString([]byte("some words before "+token)), "$0\n"),
		"the dot alone":   strings.Replace(token, ".", "%2e", 1),
		"twice":           url.QueryEscape(url.QueryEscape(strings.ReplaceAll(token, "-", "&#45;"))),
		"in JSON in HTML": html.EscapeString(`{"token":"` + strings.ReplaceAll(token, "-", `\u002d`) + `"}`),
	}
	for name, text := range texts {
		assert.Contains(t, tokensIn("before "+text+" after"), token, name)
		assert.NotEmpty(t, known.in("before "+text+" after"), name)
	}
	for name, text := range spellings("before " + token + " after") {
		assert.NotEmpty(t, known.in(text), name)
	}
}
