// Package daemon has what the server and the runner share.
//
// Where to look:
//
//	settings.go          environment variables: read, check, report errors
//	command.go           from a configuration to an exit code
//	serve.go             the two listeners, their limits and time-outs
//	headbudget.go        how much all unfinished request heads may take
//	answer.go            JSON answers, request ids
//	recorder.go          what the access log shows of an answer
//	page.go, asset.go    HTML: the frame of all pages, style sheet, icon
//	log.go               the log, without secrets
//	transport.go         outgoing requests: TLS, authorities
//	file.go              files that are replaced as a whole
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

// Settings map each environment variable to a function that sets its field. The
// error may quote the value, because Read redacts it.
type Settings[C any] map[string]func(cfg *C, value string) error

// Names returns the variables, sorted.
func (s Settings[C]) Names() []string { return slices.Sorted(maps.Keys(s)) }

// Read sets the fields of cfg from environ, a list of NAME=value such as
// os.Environ gives. An empty value counts as not set. A variable that begins with
// MUSTER_ and is unknown is an error, unless it is a service link of Kubernetes or
// passthrough lists it when the others are read. Each error is a sentence that
// names its variable; component is the program that has the variables.
func Read[C any](
	cfg *C, component string, settings Settings[C], environ []string, passthrough func() []string,
) []error {
	var errs []error
	var unknown []string
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		set, known := settings[name]
		switch {
		case known && value != "":
			if err := set(cfg, value); err != nil {
				errs = append(errs, fmt.Errorf("%s: %s", name, gafaelfawr.Redact(err.Error())))
			}
		case !known && strings.HasPrefix(name, "MUSTER_") && !isServiceLink(name, value):
			unknown = append(unknown, name)
		}
	}
	for _, name := range unknown {
		if passthrough == nil || !slices.Contains(passthrough(), name) {
			errs = append(errs, fmt.Errorf("%s is not a variable of %s; known are %s",
				name, component, strings.Join(settings.Names(), ", ")))
		}
	}
	return errs
}

// serviceLink is a variable that Kubernetes itself puts into every container of
// a namespace with a Service called muster or muster-something: MUSTER_PORT,
// MUSTER_SERVICE_HOST, MUSTER_PORT_8080_TCP_ADDR and so on.
var serviceLink = regexp.MustCompile(`\AMUSTER(_[A-Z0-9_]+?)??_` +
	`(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)\z`)

// isServiceLink distinguishes Kubernetes' variables from a mistake:
// MUSTER_PORT=8080 is a mistake, MUSTER_PORT=tcp://10.0.0.1:8080 a service link.
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

// Duration parses a duration. The error gives an example.
func Duration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%q is not a duration such as 5s", text)
	}
	return d, nil
}

// Errors collects configuration errors.
type Errors []error

// Check adds the error that the variable's value is not what it should be,
// unless ok.
func (e *Errors) Check(ok bool, name, value, want string) {
	if !ok {
		value = userinfoPattern.ReplaceAllString(value, "//<hidden>@")
		*e = append(*e, fmt.Errorf("%s: %q is not %s", name, gafaelfawr.Redact(value), want))
	}
}

var (
	// userinfoPattern finds a password where a URL may have one.
	userinfoPattern = regexp.MustCompile(`//[^/]*@`)
	hostPattern     = regexp.MustCompile(`\A[A-Za-z0-9.-]+(:\d+)?\z`)
)

// CheckCommon checks the settings that every daemon has; internal and host may be
// empty.
func (e *Errors) CheckCommon(address, internal, host, level, profile string) {
	_, known := logLevels[strings.ToUpper(level)]
	e.Check(known, "MUSTER_LOG_LEVEL", level, "one of DEBUG, INFO, WARNING, ERROR, CRITICAL")
	e.Check(profile == "production" || profile == "development", "MUSTER_LOG_PROFILE", profile,
		"production or development")
	e.Check(isAddress(address), "MUSTER_ADDRESS", address, "host:port or :port")
	e.Check(internal == "" || isAddress(internal), "MUSTER_INTERNAL_ADDRESS", internal, "host:port or :port")
	e.Check(host == "" || hostPattern.MatchString(host), "MUSTER_HOST", host, "a host name")
}

// Join returns one error for all, nil if there are none.
func (e Errors) Join() error { return errors.Join(e...) }

func isAddress(text string) bool {
	_, port, err := net.SplitHostPort(text)
	if err != nil {
		return false
	}
	_, err = net.LookupPort("tcp", port)
	return err == nil
}

// SetDefaults sets each field that is empty.
func SetDefaults(values map[*string]string) {
	for field, value := range values {
		if *field == "" {
			*field = value
		}
	}
}
