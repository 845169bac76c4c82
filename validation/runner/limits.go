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
	// keepAlive is how long a connection may be silent during a run, because
	// ingress-nginx gives up an application after 60 s.
	keepAlive = 15 * time.Second
)

// answering bounds the time until every waiting client has its answer: the
// suite is stopped, its leftovers are revoked, the process for that is stopped,
// each within the grace, and the run is stored.
func (c Config) answering() time.Duration { return 3*c.killGrace + files.Timeout + daemon.DrainTimeout }

// telling bounds the further time for observers: the webhook's message is
// delivered, its state is saved before it, after it and at the end, and Sentry
// gets its last events.
const telling = notify.PostTimeout + 3*files.Timeout + notify.SentryTimeout
