package client

import "time"

const (
	// Timeout bounds one request.
	Timeout = 20 * time.Second
	// BodyLimit bounds one answer, in bytes. Answers to a check are cut there. A
	// longer answer of the token API is an error.
	BodyLimit = 256 << 10

	dialTimeout = 5 * time.Second
)
