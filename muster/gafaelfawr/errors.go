package gafaelfawr

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Detail is one entry of an error body.
type Detail struct {
	Message string `json:"msg"`
	Type    string `json:"type"`
	// Loc names the part of the request, if that makes sense.
	Loc []any `json:"loc,omitempty"`
	// Input is what was there, if Gafaelfawr repeats it.
	Input any `json:"input,omitempty"`
}

// Field is Loc as one word, such as body.groups.0.name.
func (d Detail) Field() string {
	var parts []string
	for _, part := range d.Loc {
		parts = append(parts, fmt.Sprint(part))
	}
	return strings.Join(parts, ".")
}

// ErrorBody is the body of an error answer. Gafaelfawr has three shapes of
// "detail": a list of entries, one entry for "no credentials", and a plain
// string from its framework (recorded: api/unknown-route).
type ErrorBody struct{ Details []Detail }

// ParseErrorBody reads any of the three shapes and ignores unknown members.
func ParseErrorBody(body []byte) (ErrorBody, error) {
	var e ErrorBody
	if err := json.Unmarshal(body, &e); err != nil {
		return ErrorBody{}, err
	}
	return e, nil
}

// UnmarshalJSON reads any of the three shapes of "detail".
func (e *ErrorBody) UnmarshalJSON(raw []byte) error {
	var outer struct {
		Detail json.RawMessage `json:"detail"`
	}
	if err := json.Unmarshal(raw, &outer); err != nil {
		return fmt.Errorf("error body: %w", err)
	}
	detail := bytes.TrimSpace(outer.Detail)
	if len(detail) == 0 || string(detail) == "null" {
		return fmt.Errorf("error body without detail")
	}
	switch detail[0] {
	case '[':
		e.Details = nil
		return json.Unmarshal(detail, &e.Details)
	case '"':
		e.Details = []Detail{{}}
		return json.Unmarshal(detail, &e.Details[0].Message)
	default:
		e.Details = []Detail{{}}
		return json.Unmarshal(detail, &e.Details[0])
	}
}

// String joins the messages, with their types and what was wrong.
func (e ErrorBody) String() string {
	var parts []string
	for _, d := range e.Details {
		text := d.Message
		if d.Type != "" {
			text += " (" + d.Type + ")"
		}
		if input, ok := d.Input.(string); ok && len(d.Loc) > 0 {
			text += fmt.Sprintf(" at %s, which is %q", d.Field(), input)
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "; ")
}
