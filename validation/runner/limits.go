package runner

import (
	"time"

	"github.com/lsst-sqre/muster/muster/daemon"
	"github.com/lsst-sqre/muster/validation/runner/files"
	"github.com/lsst-sqre/muster/validation/runner/notify"
)

// Limits of the two ports.
const (
	bodyLimit       = 64 << 10 // bytes
	connectionLimit = 512
	writeTimeout    = 30 * time.Second
	// keepAlive is how long a connection may be silent while a run goes on:
	// ingress-nginx gives an application up after 60 s.
	keepAlive = 15 * time.Second
)

// answering is how long it takes at most until whoever waits for a run has the
// answer: the suite is stopped, what it left is revoked, the process that does so
// is stopped, each within the grace, and the run is kept.
func (c Config) answering() time.Duration { return 3*c.killGrace + files.Timeout + daemon.DrainTimeout }

// telling is how long observers may need after that: a message of the webhook is
// on its way, what it says is kept before it, after it and at the end, and Sentry
// gets its last events.
const telling = notify.PostTimeout + 3*files.Timeout + notify.SentryTimeout
