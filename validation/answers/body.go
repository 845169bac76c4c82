package answers

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/stretchr/testify/assert"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// ErrorBody verifies that the body is Gafaelfawr's JSON with one detail of
// that type and message, which the error mapping passes on for 400 and 429.
func (a *Answer) ErrorBody(kind, message string) bool {
	expected := fmt.Sprintf(`application/json: {"detail": [{"msg": %q, "type": %q}]}`, message, kind)
	body, err := gafaelfawr.ParseErrorBody(a.Body)
	ok := err == nil && a.isJSON() &&
		len(body.Details) == 1 && body.Details[0].Type == kind && body.Details[0].Message == message
	return ok || a.by.Expect(false, a, expected, a.Excerpt(),
		verdict.Of(verdict.CodeBody, "status", strconv.Itoa(a.Code), "type", a.Header.Get("Content-Type")))
}

// JSON verifies that the answer is 200 with exactly this JSON.
func (a *Answer) JSON(want any) bool {
	expected, err := json.Marshal(want)
	if err != nil {
		return a.by.Expect(false, a, "a value for JSON", err.Error())
	}
	var got, parsed any
	same := a.Code == 200 && a.isJSON() && json.Unmarshal(a.Body, &got) == nil &&
		json.Unmarshal(expected, &parsed) == nil &&
		assert.ObjectsAreEqual(parsed, got)
	if !same && a.flaps([]int{200}) {
		return a.JSON(want)
	}
	return a.by.Expect(same, a, "status 200 with exactly "+string(expected), a.Excerpt(),
		a.other(verdict.CodeBody))
}

// Decode verifies that the answer is 200 with JSON that fits, and decodes it.
func (a *Answer) Decode(into any) bool {
	fits := a.Code == 200 && a.isJSON() && json.Unmarshal(a.Body, into) == nil
	if !fits && a.flaps([]int{200}) {
		return a.Decode(into)
	}
	return a.by.Expect(fits, a, "status 200 with JSON", a.Excerpt(), a.other(verdict.CodeBody))
}
