package muster

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// Config is what a Server needs to know. The zero value of a field stands for
// its default.
type Config struct {
	// Name of the application in its own answers: MUSTER_NAME, "muster".
	Name string
	// PathPrefix is the path below which the ingresses lead to the server:
	// MUSTER_PATH_PREFIX, "/muster".
	PathPrefix string
	// LogLevel is MUSTER_LOG_LEVEL: DEBUG, INFO (the default), WARNING, ERROR
	// or CRITICAL, in any case. The last two are one level here.
	LogLevel string
	// LogProfile is MUSTER_LOG_PROFILE: production (JSON, the default) or
	// development (text).
	LogProfile string
	// Address is where the server listens: MUSTER_ADDRESS, ":8080".
	Address string
	// InternalAddress is where metrics are served, for the cluster only:
	// MUSTER_INTERNAL_ADDRESS. Nothing listens where it is empty.
	InternalAddress string
	// GafaelfawrURL of the API, version 1: MUSTER_GAFAELFAWR_URL, such as
	// https://example.org/auth/api/v1. Empty: ask RepertoireURL for it. It is
	// asked directly: HTTP_PROXY and its like are not heeded.
	GafaelfawrURL string
	// RepertoireURL is the base of service discovery: REPERTOIRE_BASE_URL,
	// such as https://example.org/repertoire. The Gafaelfawr that it names must
	// be on the same host or on Host.
	RepertoireURL string
	// Scope that the ingresses ask for: MUSTER_SCOPE, "exec:admin". The server
	// only tells it to people; the ingresses enforce it.
	Scope string
	// Host is the public host name of the deployment: MUSTER_HOST. Absolute
	// links name it; empty: the Host header of the request.
	Host string
	// CAFile names a PEM file of certificate authorities to trust besides those
	// of the system when Gafaelfawr is asked: MUSTER_CA_FILE.
	CAFile string
	// Timeout of all questions for one report together: MUSTER_TIMEOUT, a Go
	// duration from 100ms to 1m, "5s".
	Timeout time.Duration
	// Version of the server as its answers tell it; not from the environment.
	Version string
	// Transport carries the questions to Gafaelfawr and to discovery; nil: one
	// that trusts the system's authorities and CAFile.
	Transport http.RoundTripper

	// ignored names variables that were accepted and have no effect.
	ignored []string
}

// setting ties an environment variable to its field.
type setting struct {
	name string
	set  func(*Config, string) error
}

var settings = []setting{
	{"MUSTER_NAME", func(c *Config, v string) error { c.Name = v; return nil }},
	{"MUSTER_PATH_PREFIX", func(c *Config, v string) error { c.PathPrefix = v; return nil }},
	{"MUSTER_LOG_LEVEL", func(c *Config, v string) error { c.LogLevel = v; return nil }},
	{"MUSTER_LOG_PROFILE", func(c *Config, v string) error { c.LogProfile = v; return nil }},
	{"MUSTER_ADDRESS", func(c *Config, v string) error { c.Address = v; return nil }},
	{"MUSTER_INTERNAL_ADDRESS", func(c *Config, v string) error { c.InternalAddress = v; return nil }},
	{"MUSTER_GAFAELFAWR_URL", func(c *Config, v string) error { c.GafaelfawrURL = v; return nil }},
	{"MUSTER_SCOPE", func(c *Config, v string) error { c.Scope = v; return nil }},
	{"MUSTER_HOST", func(c *Config, v string) error { c.Host = v; return nil }},
	{"MUSTER_CA_FILE", func(c *Config, v string) error { c.CAFile = v; return nil }},
	{"MUSTER_TIMEOUT", func(c *Config, v string) (err error) { c.Timeout, err = time.ParseDuration(v); return err }},
	// Python Muster's chart sets it where alerts are on. This server does not
	// post to Slack, and must start in its place all the same.
	{"MUSTER_SLACK_WEBHOOK", func(c *Config, _ string) error { c.ignored = append(c.ignored, "MUSTER_SLACK_WEBHOOK"); return nil }},
	{"REPERTOIRE_BASE_URL", func(c *Config, v string) error { c.RepertoireURL = v; return nil }},
}

// serviceLink is a variable that Kubernetes itself puts into every container of
// a namespace with a Service called muster or muster-something: MUSTER_PORT,
// MUSTER_SERVICE_HOST, MUSTER_PORT_8080_TCP_ADDR and so on.
var serviceLink = regexp.MustCompile(`\AMUSTER(_[A-Z0-9_]+?)??_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)\z`)

// IsServiceLink tells Kubernetes' variables from a mistake: MUSTER_PORT=8080 is
// a mistake, MUSTER_PORT=tcp://10.0.0.1:8080 is a service link.
func IsServiceLink(name, value string) bool {
	m := serviceLink.FindStringSubmatch(name)
	if m == nil {
		return false
	}
	if m[2] == "PORT" {
		return strings.Contains(value, "://")
	}
	return true
}

// ConfigFromEnvironment reads MUSTER_* and REPERTOIRE_BASE_URL from environ, a
// list of NAME=value such as os.Environ gives, and fills in the defaults. An
// empty value counts as not set. Every variable that begins with MUSTER_ and is
// unknown is an error, save the service links of Kubernetes. The error joins
// all that is wrong, a sentence each that names its variable.
func ConfigFromEnvironment(environ []string) (Config, error) {
	var cfg Config
	var wrong []error
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		i := slices.IndexFunc(settings, func(s setting) bool { return s.name == name })
		switch {
		case i >= 0 && value != "":
			if settings[i].set(&cfg, value) != nil {
				wrong = append(wrong, fmt.Errorf("%s: %q is not a duration such as 5s", name, value))
			}
		case i < 0 && strings.HasPrefix(name, "MUSTER_") && !IsServiceLink(name, value):
			wrong = append(wrong, fmt.Errorf("%s is not a variable of Muster; known are %s", name, settingNames()))
		}
	}
	cfg = cfg.withDefaults()
	if err := errors.Join(append(wrong, cfg.validate())...); err != nil {
		return Config{}, err
	}
	return cfg, nil
}

func settingNames() string {
	var names []string
	for _, s := range settings {
		names = append(names, s.name)
	}
	return strings.Join(names, ", ")
}

func (c Config) withDefaults() Config {
	for _, d := range []struct {
		field *string
		value string
	}{
		{&c.Name, "muster"},
		{&c.PathPrefix, "/muster"},
		{&c.LogLevel, "INFO"},
		{&c.LogProfile, "production"},
		{&c.Address, ":8080"},
		{&c.Scope, "exec:admin"},
		{&c.Version, "unknown"},
	} {
		if *d.field == "" {
			*d.field = d.value
		}
	}
	if c.Timeout == 0 {
		c.Timeout = 5 * time.Second
	}
	return c
}

var (
	prefixPattern = regexp.MustCompile(`\A(/[A-Za-z0-9._~-]+)+\z`)
	scopePattern  = regexp.MustCompile(`\A[a-zA-Z0-9:._-]+\z`)
	hostPattern   = regexp.MustCompile(`\A[A-Za-z0-9.-]+(:\d+)?\z`)
	// userinfoPattern finds a password where a URL may have one.
	userinfoPattern = regexp.MustCompile(`//[^/]*@`)
	namePattern     = regexp.MustCompile(`\A[A-Za-z0-9._ -]{1,64}\z`)
)

// validate reports everything that is wrong with a Config whose defaults are
// filled in. The names are those of the environment, because that is where a
// deployer sets them.
func (c Config) validate() error {
	var wrong []error
	check := func(ok bool, name, value, want string) {
		if !ok {
			value = userinfoPattern.ReplaceAllString(value, "//<hidden>@")
			wrong = append(wrong, fmt.Errorf("%s: %q is not %s", name, gafaelfawr.Redact(value), want))
		}
	}
	_, levelErr := logLevel(c.LogLevel)
	check(levelErr == nil, "MUSTER_LOG_LEVEL", c.LogLevel, "one of DEBUG, INFO, WARNING, ERROR, CRITICAL")
	check(c.LogProfile == "production" || c.LogProfile == "development", "MUSTER_LOG_PROFILE", c.LogProfile, "production or development")
	check(namePattern.MatchString(c.Name), "MUSTER_NAME", c.Name, "a name of at most 64 letters, digits, dots, hyphens and spaces")
	check(prefixPattern.MatchString(c.PathPrefix) && !strings.Contains(c.PathPrefix+"/", "/./") && !strings.Contains(c.PathPrefix+"/", "/../"),
		"MUSTER_PATH_PREFIX", c.PathPrefix, "a path such as /muster, with a slash at the start and none at the end")
	check(isAddress(c.Address), "MUSTER_ADDRESS", c.Address, "host:port or :port")
	check(c.InternalAddress == "" || isAddress(c.InternalAddress), "MUSTER_INTERNAL_ADDRESS", c.InternalAddress, "host:port or :port")
	check(c.GafaelfawrURL == "" || isURL(c.GafaelfawrURL), "MUSTER_GAFAELFAWR_URL", c.GafaelfawrURL, "a URL such as https://example.org/auth/api/v1")
	check(c.RepertoireURL == "" || isURL(c.RepertoireURL), "REPERTOIRE_BASE_URL", c.RepertoireURL, "a URL such as https://example.org/repertoire")
	check(scopePattern.MatchString(c.Scope), "MUSTER_SCOPE", c.Scope, "a scope such as exec:admin")
	check(c.Host == "" || hostPattern.MatchString(c.Host), "MUSTER_HOST", c.Host, "a host name")
	check(c.Timeout >= 100*time.Millisecond && c.Timeout <= time.Minute, "MUSTER_TIMEOUT", c.Timeout.String(), "a duration from 100ms to 1m")
	if c.CAFile != "" {
		if _, err := loadCAs(c.CAFile); err != nil {
			wrong = append(wrong, fmt.Errorf("MUSTER_CA_FILE: %w", err))
		}
	}
	return errors.Join(wrong...)
}

func isAddress(text string) bool {
	_, port, err := net.SplitHostPort(text)
	if err != nil {
		return false
	}
	_, err = net.LookupPort("tcp", port)
	return err == nil
}

func isURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" &&
		u.User == nil && u.RawQuery == "" && u.Fragment == ""
}

// logLevel reads the names of Python's levels, which Phalanx's charts use.
func logLevel(name string) (slog.Level, error) {
	switch strings.ToUpper(name) {
	case "DEBUG":
		return slog.LevelDebug, nil
	case "INFO":
		return slog.LevelInfo, nil
	case "WARNING", "WARN":
		return slog.LevelWarn, nil
	case "ERROR", "CRITICAL":
		return slog.LevelError, nil
	default:
		return 0, fmt.Errorf("unknown log level %q", name)
	}
}
