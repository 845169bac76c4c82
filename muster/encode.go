package muster

import "encoding/json"

// appendReport appends the report as JSON.
func appendReport(b []byte, r *Report) []byte {
	raw, err := json.Marshal(r)
	if err != nil {
		panic(err)
	}
	return append(b, raw...)
}
