package gafaelfawr

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
)

// Gafaelfawr's answers are decoded, written into reports, and decoded by the
// suite. No answer may change on the way.
func FuzzInfo(f *testing.F) {
	f.Add(
		[]byte(
			`{"username":"u2","name":"N","email":"e@x","uid":1,"gid":2,"groups":[{"name":"g","id":3}],"quota":{"api":{"a":1},` +
				`"tap":{"t":{"concurrent":2}},"disk":{"/":5},"notebook":{"cpu":0.5,"memory":1,"spawn":false}}}`,
		),
	)
	f.Add(
		[]byte(
			`{"token":"k","username":"u2","token_type":"internal","scopes":["a"],"created":1,"expires":2,"last_used":3,` +
				`"token_name":"n","service":"s","parent":"p","event_time":4,"actor":"a","action":"edit"}`,
		),
	)
	f.Add(
		[]byte(`{"default":{"api":{}},"groups":{"g":{"api":{"a":0}}},"bypass":["b"],"expires":null,"created":-62135596800}`),
	)
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, body []byte) {
		roundTrip[UserInfo](t, body)
		roundTrip[TokenInfo](t, body)
		roundTrip[TokenChange](t, body)
		roundTrip[QuotaOverrides](t, body)
	})
}

func roundTrip[T any](t *testing.T, body []byte) {
	t.Helper()
	var first, second T
	if json.Unmarshal(body, &first) != nil {
		return
	}
	out, err := json.Marshal(first)
	if err != nil {
		t.Fatalf("%T was read and cannot be written: %v", first, err)
	}
	if err := json.Unmarshal(out, &second); err != nil {
		t.Fatalf("%T was written and cannot be read: %v", first, err)
	}
	again, err := json.Marshal(second)
	assert.NoError(t, err)
	assert.Equal(t, string(out), string(again))
}
