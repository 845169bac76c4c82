package runner

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// mobuBody reads the body of a request as mobu's POST /run does for a
// MusterRunner (its model SolitaryConfig), and returns what is wrong with it in
// the words of mobu's framework; testdata/mobu-bodies.json has mobu's own
// answers. Nothing in the body has an effect: the validation makes users and
// tokens of its own.
func mobuBody(text []byte) []gafaelfawr.Detail {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var body any
	err := decoder.Decode(&body)
	if err == nil && decoder.Decode(new(any)) != io.EOF {
		err = errors.New("something follows")
	}
	b := &mobuReader{}
	if err != nil {
		b.wrong("json_invalid", "JSON decode error", []any{"body"})
		return b.details
	}
	if body == nil {
		b.wrong("missing", fieldRequired, []any{"body"})
		return b.details
	}
	top, ok := b.object(body, []any{"body"})
	if ok {
		top.required("user", b.user)
		top.required("scopes", b.list(b.text))
		top.required("business", b.business)
	}
	return b.details
}

// mobuReader collects what is wrong.
type mobuReader struct{ details []gafaelfawr.Detail }

// read is how one member is read.
type read func(value any, loc []any)

const fieldRequired = "Field required"

func (b *mobuReader) wrong(kind, message string, loc []any) {
	b.details = append(b.details, gafaelfawr.Detail{Message: gafaelfawr.Redact(message), Type: kind, Loc: slices.Clone(loc)})
}

// mobuObject is an object whose members are being read.
type mobuObject struct {
	reader  *mobuReader
	members map[string]any
	loc     []any
	known   []string
}

func (b *mobuReader) object(value any, loc []any) (mobuObject, bool) {
	members, ok := value.(map[string]any)
	if !ok {
		b.wrong("model_attributes_type", "Input should be a valid dictionary or object to extract fields from", loc)
	}
	return mobuObject{reader: b, members: members, loc: loc}, ok
}

func (o *mobuObject) optional(name string, how read) {
	o.known = append(o.known, name)
	if value, ok := o.members[name]; ok {
		how(value, append(slices.Clone(o.loc), name))
	}
}

func (o *mobuObject) required(name string, how read) {
	if _, ok := o.members[name]; !ok {
		o.reader.wrong("missing", fieldRequired, append(slices.Clone(o.loc), name))
	}
	o.optional(name, how)
}

// only forbids all members that were not read.
func (o *mobuObject) only() {
	for _, name := range slices.Sorted(maps.Keys(o.members)) {
		if !slices.Contains(o.known, name) {
			o.reader.wrong("extra_forbidden", "Extra inputs are not permitted", append(slices.Clone(o.loc), name))
		}
	}
}

func (b *mobuReader) user(value any, loc []any) {
	if o, ok := b.object(value, loc); ok {
		o.required("username", func(value any, loc []any) {
			if name, isText := value.(string); isText && !strings.HasPrefix(name, "bot-mobu") {
				b.wrong("string_pattern_mismatch", "String should match pattern '^bot-mobu'", loc)
			}
			b.text(value, loc)
		})
		o.optional("uidnumber", b.optionalNumber)
		o.optional("gidnumber", b.optionalNumber)
		o.optional("groups", b.list(func(value any, loc []any) {
			if group, ok := b.object(value, loc); ok {
				group.required("name", func(value any, loc []any) {
					if value == "" {
						b.wrong("string_too_short", "String should have at least 1 character", loc)
					}
					b.text(value, loc)
				})
				group.required("id", b.number)
			}
		}))
	}
}

func (b *mobuReader) business(value any, loc []any) {
	o, ok := b.object(value, loc)
	if !ok {
		return
	}
	kind, ok := o.members["type"]
	if !ok {
		b.wrong("union_tag_not_found", "Unable to extract tag using discriminator 'type'", loc)
		return
	}
	if kind != "Muster" {
		b.wrong("union_tag_invalid", "Input tag found using 'type' does not match any of the expected tags: 'Muster'", loc)
		return
	}
	o.known = []string{"type"}
	o.loc = append(slices.Clone(loc), "Muster") // pydantic names the member of the union
	o.optional("options", func(value any, loc []any) {
		if options, ok := b.object(value, loc); ok {
			options.optional("error_idle_time", b.duration)
			options.optional("idle_time", b.duration)
			options.optional("log_level", b.logLevel)
			options.only()
		}
	})
	o.optional("restart", b.boolean)
	o.only()
}

func (b *mobuReader) list(each read) read {
	return func(value any, loc []any) {
		list, ok := value.([]any)
		if !ok {
			b.wrong("list_type", "Input should be a valid list", loc)
		}
		for i, element := range list {
			each(element, append(slices.Clone(loc), i))
		}
	}
}

func (b *mobuReader) text(value any, loc []any) {
	if _, ok := value.(string); !ok {
		b.wrong("string_type", "Input should be a valid string", loc)
	}
}

func (b *mobuReader) optionalNumber(value any, loc []any) {
	if value != nil {
		b.number(value, loc)
	}
}

var wholeNumber = regexp.MustCompile(`\A\s*[+-]?\d+(_\d+)*(\.0*)?\s*\z`)

func (b *mobuReader) number(value any, loc []any) {
	switch v := value.(type) {
	case bool:
	case json.Number:
		if f, err := v.Float64(); err != nil || f != math.Trunc(f) {
			b.wrong("int_from_float", "Input should be a valid integer, got a number with a fractional part", loc)
		}
	case string:
		if !wholeNumber.MatchString(v) {
			b.wrong("int_parsing", "Input should be a valid integer, unable to parse string as an integer", loc)
		}
	default:
		b.wrong("int_type", "Input should be a valid integer", loc)
	}
}

func (b *mobuReader) boolean(value any, loc []any) {
	const unable = "Input should be a valid boolean, unable to interpret input"
	switch v := value.(type) {
	case bool:
	case json.Number:
		switch f, err := v.Float64(); {
		case err != nil || f != math.Trunc(f):
			b.wrong("bool_type", "Input should be a valid boolean", loc)
		case f != 0 && f != 1:
			b.wrong("bool_parsing", unable, loc)
		}
	case string:
		if !slices.Contains([]string{"0", "off", "f", "false", "n", "no", "1", "on", "t", "true", "y", "yes"}, strings.ToLower(v)) {
			b.wrong("bool_parsing", unable, loc)
		}
	default:
		b.wrong("bool_type", "Input should be a valid boolean", loc)
	}
}

func (b *mobuReader) logLevel(value any, loc []any) {
	level, _ := value.(string)
	if !slices.Contains([]string{"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}, strings.ToUpper(level)) {
		b.wrong("enum", "Input should be 'DEBUG', 'INFO', 'WARNING', 'ERROR' or 'CRITICAL'", loc)
	}
}

// humanDuration is safir's form of a duration, in which mobu takes its idle
// times besides numbers of seconds.
var humanDuration = regexp.MustCompile(`\A\s*(\d+\s*(weeks|week|w))?\s*(\d+\s*(days|day|d))?\s*(\d+\s*(hours|hour|hr|h))?` +
	`\s*(\d+\s*(minutes|minute|mins|min|m))?\s*(\d+\s*(seconds|second|secs|sec|s))?\s*\z`)

func (b *mobuReader) duration(value any, loc []any) {
	if _, isTruth := value.(bool); isTruth {
		return
	}
	number, isNumber := value.(json.Number)
	if text, ok := value.(string); ok {
		number, isNumber = json.Number(strings.TrimSpace(text)), true
		if humanDuration.MatchString(text) {
			return
		}
		if _, err := number.Float64(); err != nil {
			b.wrong("value_error", fmt.Sprintf("Value error, Could not parse '%s' as a time duration", text), loc)
			return
		}
	}
	seconds, err := number.Float64()
	switch {
	case !isNumber || err != nil:
		b.wrong("time_delta_type", "Input should be a valid timedelta", loc)
	case math.IsNaN(seconds):
		b.wrong("time_delta_parsing", "Input should be a valid timedelta, NaN values not permitted", loc)
	case math.Abs(seconds) >= 999_999_999*86400:
		b.wrong("time_delta_parsing", "Input should be a valid timedelta, durations may not exceed 999,999,999 days", loc)
	}
}

// mobuResult has the members of mobu's answer.
type mobuResult struct {
	Success *bool   `json:"success,omitempty"`
	Error   *string `json:"error,omitempty"`
	Log     *string `json:"log,omitempty"`
}

// mobuAnswer is the run as mobu tells of one: success is true for a pass alone,
// error is left out then, and the log has a line for each thing that happened.
func mobuAnswer(run *Run, steps []step) mobuResult {
	success := run.Report.Verdict == verdict.Pass
	answer := mobuResult{Success: &success}
	if !success {
		lines := []string{strings.ToUpper(run.Report.Verdict) + ": " + run.Report.CountsText()}
		lines = append(append(lines, run.Report.Diagnoses...), run.Report.Problems...)
		for _, c := range run.Report.Failures() {
			lines = append(lines, c.Name+": "+c.Message)
		}
		text := strings.Join(lines, "\n")
		answer.Error = &text
	}
	const form = "2006-01-02 15:04:05 "
	var log strings.Builder
	fmt.Fprintf(&log, "%sStarting the validation, run %s; it makes users and tokens of its own, and none of the request's\n", run.Started.UTC().Format(form), run.ID)
	for _, t := range steps {
		switch {
		case t.Outcome == "":
			continue
		case t.Message == "":
			fmt.Fprintf(&log, "%s%s: %s\n", t.at.UTC().Format(form), t.Name, t.Outcome)
		default:
			fmt.Fprintf(&log, "%s%s: %s: %s\n", t.at.UTC().Format(form), t.Name, t.Outcome, t.Message)
		}
	}
	fmt.Fprintf(&log, "%s%s\n", run.Ended.UTC().Format(form), run.Report.Headline())
	text := log.String()
	answer.Log = &text
	return answer
}
