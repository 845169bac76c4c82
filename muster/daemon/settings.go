// Package daemon is what the server and the runner have in common as processes
// that answer: settings from the environment, the authorities that they trust,
// how they listen until they are told to stop, and how they answer with JSON and
// pages.
package daemon

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// Settings tie environment variables to the fields of a configuration. The
// error may quote the value: secrets are taken out of it.
type Settings[C any] map[string]func(cfg *C, value string) error

// Names are the variables, sorted.
func (s Settings[C]) Names() []string { return slices.Sorted(maps.Keys(s)) }

// Read sets the fields of cfg from environ, a list of NAME=value such as
// os.Environ gives. An empty value counts as not set. Every variable that begins
// with MUSTER_ and is unknown is an error, save the service links of Kubernetes
// and those that others, unless it is nil, gives when all is read. Each error is
// a sentence that names its variable; whose is what the variables are of.
func Read[C any](cfg *C, whose string, settings Settings[C], environ []string, others func() []string) []error {
	var wrong []error
	var unknown []string
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		set, known := settings[name]
		switch {
		case known && value != "":
			if err := set(cfg, value); err != nil {
				wrong = append(wrong, fmt.Errorf("%s: %s", name, gafaelfawr.Redact(err.Error())))
			}
		case !known && strings.HasPrefix(name, "MUSTER_") && !isServiceLink(name, value):
			unknown = append(unknown, name)
		}
	}
	for _, name := range unknown {
		if others == nil || !slices.Contains(others(), name) {
			wrong = append(wrong, fmt.Errorf("%s is not a variable of %s; known are %s", name, whose, strings.Join(settings.Names(), ", ")))
		}
	}
	return wrong
}

// serviceLink is a variable that Kubernetes itself puts into every container of
// a namespace with a Service called muster or muster-something: MUSTER_PORT,
// MUSTER_SERVICE_HOST, MUSTER_PORT_8080_TCP_ADDR and so on.
var serviceLink = regexp.MustCompile(`\AMUSTER(_[A-Z0-9_]+?)??_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)\z`)

// isServiceLink tells Kubernetes' variables from a mistake: MUSTER_PORT=8080 is
// a mistake, MUSTER_PORT=tcp://10.0.0.1:8080 is a service link.
func isServiceLink(name, value string) bool {
	m := serviceLink.FindStringSubmatch(name)
	if m == nil {
		return false
	}
	if m[2] == "PORT" {
		return strings.Contains(value, "://")
	}
	return true
}

// Duration reads a duration. The error says what one looks like.
func Duration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%q is not a duration such as 5s", text)
	}
	return d, nil
}

// Wrong collects what is wrong with a configuration.
type Wrong []error

// Check adds an error unless ok: the variable's value is not what it should be.
func (w *Wrong) Check(ok bool, name, value, want string) {
	if !ok {
		value = userinfoPattern.ReplaceAllString(value, "//<hidden>@")
		*w = append(*w, fmt.Errorf("%s: %q is not %s", name, gafaelfawr.Redact(value), want))
	}
}

var (
	// userinfoPattern finds a password where a URL may have one.
	userinfoPattern = regexp.MustCompile(`//[^/]*@`)
	hostPattern     = regexp.MustCompile(`\A[A-Za-z0-9.-]+(:\d+)?\z`)
)

// Common checks the settings that every daemon has; internal and host may be
// empty.
func (w *Wrong) Common(address, internal, host, level, profile string) {
	levels := []string{"DEBUG", "INFO", "WARNING", "WARN", "ERROR", "CRITICAL"}
	w.Check(slices.Contains(levels, strings.ToUpper(level)), "MUSTER_LOG_LEVEL", level, "one of DEBUG, INFO, WARNING, ERROR, CRITICAL")
	w.Check(profile == "production" || profile == "development", "MUSTER_LOG_PROFILE", profile, "production or development")
	w.Check(isAddress(address), "MUSTER_ADDRESS", address, "host:port or :port")
	w.Check(internal == "" || isAddress(internal), "MUSTER_INTERNAL_ADDRESS", internal, "host:port or :port")
	w.Check(host == "" || hostPattern.MatchString(host), "MUSTER_HOST", host, "a host name")
}

// Err joins what is wrong; nil if nothing is.
func (w Wrong) Err() error { return errors.Join(w...) }

func isAddress(text string) bool {
	_, port, err := net.SplitHostPort(text)
	if err != nil {
		return false
	}
	_, err = net.LookupPort("tcp", port)
	return err == nil
}

// Default fills in each value where its field is empty.
func Default(values map[*string]string) {
	for field, value := range values {
		if *field == "" {
			*field = value
		}
	}
}
