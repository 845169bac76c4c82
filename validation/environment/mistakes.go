package environment

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

var errEmpty = errors.New("it is empty: url is required")

// ofLibrary matches the place that the YAML library puts before a message. It
// is not used, because it may be that of a line before the mistake.
var ofLibrary = regexp.MustCompile(`^yaml: (?:line \d+: )?`)

// mistakes are the usual mistakes of YAML: what the library says of one, and
// what to do.
var mistakes = []struct{ library, remedy string }{
	{"did not find expected ',' or ']'", "the list that begins here does not end: write it as [kubernetes, argocd]"},
	{"did not find expected ',' or '}'", "the mapping that begins here does not end: write it as {deployed: none}"},
	{"mapping values are not allowed in this context",
		"there is a colon too many, or too many blanks before the key: align keys, and quote a value with a colon"},
	{"could not find expected ':'", "there is no colon behind the key: write it as scope: read:image"},
	{"did not find expected key", "it does not fit to the lines before: align keys, and close each bracket once"},
	{"did not find expected '-' indicator", "it does not fit to the list before: align the - of its items"},
	{"found unexpected end of stream", "the quotation mark that begins here has no second one"},
	{"found character that cannot start any token", "no value begins with this character: put the value in quotes"},
	{"found unknown escape character", `a backslash means something else in double quotes: write '\d' in single quotes`},
	{"unknown anchor", "a value that begins with * repeats another: put it in quotes, such as '*'"},
}

// syntaxError says what is wrong with a text that is not YAML.
func syntaxError(text string, err error) error {
	if errors.Is(err, io.EOF) {
		return errEmpty
	}
	lines := strings.SplitAfter(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(strings.TrimLeft(line, " "), "\t") && strings.TrimSpace(line) != "" {
			return fmt.Errorf("line %d: it begins with a tab: YAML indents with spaces", i+1)
		}
	}
	said := ofLibrary.ReplaceAllString(strings.Join(strings.Fields(err.Error()), " "), "")
	for _, m := range mistakes {
		if strings.HasPrefix(said, m.library) {
			said = m.remedy
		}
	}
	return fmt.Errorf("line %d: it is no YAML: %s", mistaken(lines), said)
}

// mistaken returns the number of the line with the mistake: the first behind the
// longest beginning of the text that is YAML.
func mistaken(lines []string) int {
	const most = 500 // lines; each is one more attempt
	if len(lines) > most {
		lines = lines[:most]
	}
	for n := len(lines) - 1; n > 0; n-- {
		beginning := []byte(strings.Join(lines[:n], ""))
		if err := yaml.NewDecoder(bytes.NewReader(beginning)).Decode(new(yaml.Node)); err == nil || errors.Is(err, io.EOF) {
			return n + 1
		}
	}
	return 1
}
