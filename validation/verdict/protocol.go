package verdict

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// A run travels among go test's events. A check is an attribute of its test,
// once at its start and once at its end. Each finding is one more attribute.
// The run is the last line on stdout. All are JSON.
const (
	checkKey   = "muster.check"
	findingKey = "muster.finding"
	runPrefix  = "muster.run="
	// continued ends the key of an attribute that the next one continues.
	// test2json does not recognise an attribute whose line has more than 4,096
	// bytes.
	continued = "+"
	partSize  = 3000
)

const (
	// maxFindings bounds the findings of a check that travel, and maxFindingText
	// the bytes of each text.
	maxFindings    = 200
	maxFindingText = 8 << 10
	// maxWire bounds what is collected for one attribute, or for the run.
	maxWire = 4 << 20
)

// Attribute is a key and a value for testing.TB's Attr.
type Attribute struct{ Key, Value string }

// WireAttributes returns the check and its findings, without secrets.
func (c *Check) WireAttributes() []Attribute {
	head := *c
	head.Findings = nil
	all := split(checkKey, encode(head))
	for _, f := range c.Findings[:min(len(c.Findings), maxFindings)] {
		f.Expected = Shorten(gafaelfawr.Redact(f.Expected), maxFindingText)
		f.Actual = Shorten(gafaelfawr.Redact(f.Actual), maxFindingText)
		all = append(all, split(findingKey, encode(f))...)
	}
	return all
}

// Line returns the run without its checks, without secrets and without a line
// end.
func (r *Run) Line() string {
	head := *r
	head.Checks = nil
	return runPrefix + encode(head)
}

// split breaks a value into attributes. No part begins or ends with a blank,
// because test2json would trim it.
func split(key, value string) []Attribute {
	if len(value) > partSize {
		value = strings.ReplaceAll(value, " ", `\u0020`) // JSON has blanks in strings only
	}
	var parts []Attribute
	for len(value) > partSize {
		end := partSize
		for !utf8.RuneStart(value[end]) {
			end--
		}
		parts = append(parts, Attribute{key + continued, value[:end]})
		value = value[end:]
	}
	return append(parts, Attribute{key, value})
}

// encode returns the value as one line of JSON, without secrets and without
// characters that control a terminal or end a line.
func encode(v any) string {
	raw, err := json.Marshal(v)
	if err == nil {
		raw, err = mapStrings(raw, gafaelfawr.Redact)
	}
	if err != nil {
		return "{}" // every type of this package can be encoded
	}
	var b strings.Builder
	for _, r := range string(raw) {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == 0xFFFE || r == 0xFFFF {
			fmt.Fprintf(&b, `\u%04x`, r)
			continue
		}
		b.WriteRune(r)
	}
	return strings.ReplaceAll(b.String(), "##[", `#\u0023[`) // which GitHub's runner takes for a command anywhere
}

// decode reads what encode wrote. Its texts may be published.
func decode(text string, into any) error {
	raw, err := mapStrings([]byte(text), clean)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, into)
}

// mapStrings replaces every string in JSON.
func mapStrings(raw []byte, f func(string) string) ([]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(mapValue(value, f))
	return bytes.TrimSpace(out.Bytes()), err
}

func mapValue(value any, f func(string) string) any {
	switch v := value.(type) {
	case string:
		return f(v)
	case []any:
		for i := range v {
			v[i] = mapValue(v[i], f)
		}
	case map[string]any:
		mapped := make(map[string]any, len(v))
		for key, one := range v {
			mapped[f(key)] = mapValue(one, f)
		}
		return mapped
	}
	return value
}

// wire collects the attributes of one check.
type wire struct {
	parts strings.Builder
	check *Check
}

// take reads an attribute and reports whether it belongs to the protocol.
func (w *wire) take(key, value string) bool {
	key, more := strings.CutSuffix(key, continued)
	if key != checkKey && key != findingKey {
		return false
	}
	if w.parts.Len() < maxWire {
		w.parts.WriteString(value)
	}
	if more {
		return true
	}
	text := w.parts.String()
	w.parts.Reset()
	if key == checkKey {
		w.takeCheck(text)
		return true
	}
	var f Finding
	if decode(text, &f) == nil && w.check != nil && len(w.check.Findings) < maxFindings {
		w.check.Findings = append(w.check.Findings, f)
	}
	return true
}

// takeCheck reads the newest state of the check, unless an earlier round, as
// with -count=2, was worse.
func (w *wire) takeCheck(text string) {
	var c Check
	if decode(text, &c) != nil || w.check != nil && w.check.Outcome == OutcomeFail && c.Outcome != OutcomeFail {
		return
	}
	w.check = &c
}

// runLine finds the line with the run in output that comes in pieces.
type runLine struct {
	inLine, inside bool // a line that was begun; the one with the run
	text           strings.Builder
	run            *Run
}

// take returns the output without the run.
func (l *runLine) take(output string) string {
	if !l.inside && !strings.Contains(output, runPrefix) {
		l.inLine = output != "" && !strings.HasSuffix(output, "\n")
		return output
	}
	var rest strings.Builder
	for line := range strings.Lines(output) {
		if !l.inLine && !l.inside && strings.HasPrefix(line, runPrefix) {
			l.inside = true
			line = strings.TrimPrefix(line, runPrefix)
		}
		l.inLine = !strings.HasSuffix(line, "\n")
		if !l.inside {
			rest.WriteString(line)
			continue
		}
		if l.text.Len() < maxWire {
			l.text.WriteString(line)
		}
		if !l.inLine {
			l.end()
		}
	}
	return rest.String()
}

// end reads the run. A line that cannot be read is ignored.
func (l *runLine) end() {
	var r Run
	if decode(l.text.String(), &r) == nil {
		l.run = &r
	}
	l.inside = false
	l.text.Reset()
}
