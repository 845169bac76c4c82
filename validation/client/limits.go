package client

import "time"

const (
	// Timeout bounds one request.
	Timeout = 20 * time.Second
	// BodyLimit in bytes bounds what is read of one answer. The rest is left out of
	// an answer to a check, and an error of the token API.
	BodyLimit = 256 << 10

	dialTimeout = 5 * time.Second
)
