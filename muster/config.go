package muster

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"github.com/lsst-sqre/muster/muster/daemon"
)

// Config configures a Server. The zero value of a field stands for its default.
type Config struct {
	// Name of the application in its answers: MUSTER_NAME, "muster".
	Name string
	// PathPrefix of all public paths: MUSTER_PATH_PREFIX, "/muster".
	PathPrefix string
	// LogLevel is MUSTER_LOG_LEVEL: DEBUG, INFO (the default), WARNING, ERROR
	// or CRITICAL, in any case. The last two are one level here.
	LogLevel string
	// LogProfile is MUSTER_LOG_PROFILE: production (JSON, the default) or
	// development (text).
	LogProfile string
	// Address of the public listener: MUSTER_ADDRESS, ":8080".
	Address string
	// InternalAddress of the listener for health and metrics, for the cluster only:
	// MUSTER_INTERNAL_ADDRESS. Empty: there is none.
	InternalAddress string
	// GafaelfawrURL of the API, version 1: MUSTER_GAFAELFAWR_URL, such as
	// https://example.org/auth/api/v1. Empty: RepertoireURL names it. Requests to
	// it use no proxy.
	GafaelfawrURL string
	// RepertoireURL of service discovery: REPERTOIRE_BASE_URL, such as
	// https://example.org/repertoire. The Gafaelfawr that it names must be on the
	// same host or on Host.
	RepertoireURL string
	// Scope that the ingresses require: MUSTER_SCOPE, "exec:admin". The server
	// only shows it to people.
	Scope string
	// Host is the public host name of the deployment: MUSTER_HOST. Empty: the Host
	// header of each request.
	Host string
	// CAFile is a PEM file with certificate authorities for requests to
	// Gafaelfawr, besides the system's: MUSTER_CA_FILE.
	CAFile string
	// Timeout bounds all requests for one report together: MUSTER_TIMEOUT, a Go
	// duration from 100ms to 1m, "10s".
	Timeout time.Duration
	// Version of the server in its answers; not from the environment.
	Version string
	// Transport to Gafaelfawr and discovery; nil: one that trusts CAFile.
	Transport http.RoundTripper

	// ignored names variables that were accepted and have no effect.
	ignored []string
}

var settings = daemon.Settings[Config]{
	"MUSTER_NAME":             func(c *Config, v string) error { c.Name = v; return nil },
	"MUSTER_PATH_PREFIX":      func(c *Config, v string) error { c.PathPrefix = v; return nil },
	"MUSTER_LOG_LEVEL":        func(c *Config, v string) error { c.LogLevel = v; return nil },
	"MUSTER_LOG_PROFILE":      func(c *Config, v string) error { c.LogProfile = v; return nil },
	"MUSTER_ADDRESS":          func(c *Config, v string) error { c.Address = v; return nil },
	"MUSTER_INTERNAL_ADDRESS": func(c *Config, v string) error { c.InternalAddress = v; return nil },
	"MUSTER_GAFAELFAWR_URL":   func(c *Config, v string) error { c.GafaelfawrURL = v; return nil },
	"MUSTER_SCOPE":            func(c *Config, v string) error { c.Scope = v; return nil },
	"MUSTER_HOST":             func(c *Config, v string) error { c.Host = v; return nil },
	"MUSTER_CA_FILE":          func(c *Config, v string) error { c.CAFile = v; return nil },
	"MUSTER_TIMEOUT":          func(c *Config, v string) (err error) { c.Timeout, err = daemon.Duration(v); return err },
	"REPERTOIRE_BASE_URL":     func(c *Config, v string) error { c.RepertoireURL = v; return nil },
	// Python Muster's chart sets it. This server must start in its place all the same.
	"MUSTER_SLACK_WEBHOOK": func(c *Config, _ string) error { c.ignored = []string{"MUSTER_SLACK_WEBHOOK"}; return nil },
}

// Variables are the environment variables that ConfigFromEnvironment reads.
func Variables() []string { return settings.Names() }

// ConfigFromEnvironment reads a Config from environ, a list of NAME=value such as
// os.Environ gives, as daemon.Read does, and fills in the defaults. The error
// joins all errors, a sentence each that names its variable.
func ConfigFromEnvironment(environ []string) (Config, error) {
	var cfg Config
	errs := daemon.Read(&cfg, "Muster", settings, environ, nil)
	cfg = cfg.withDefaults()
	if err := errors.Join(append(errs, cfg.validate())...); err != nil {
		return Config{}, err
	}
	return cfg, nil
}

func (c Config) withDefaults() Config {
	daemon.SetDefaults(map[*string]string{
		&c.Name:       "muster",
		&c.PathPrefix: "/muster",
		&c.LogLevel:   "INFO",
		&c.LogProfile: "production",
		&c.Address:    ":8080",
		&c.Scope:      "exec:admin",
		&c.Version:    "unknown",
	})
	if c.Timeout == 0 {
		c.Timeout = 10 * time.Second
	}
	return c
}

var (
	prefixPattern = regexp.MustCompile(`\A(/[A-Za-z0-9._~-]+)+\z`)
	dotSegment    = regexp.MustCompile(`/\.\.?(/|\z)`)
	scopePattern  = regexp.MustCompile(`\A[a-zA-Z0-9:._-]+\z`)
	namePattern   = regexp.MustCompile(`\A[A-Za-z0-9._ -]{1,64}\z`)
)

// validate returns all errors of a Config whose defaults are filled in. They
// name environment variables because a deployer sets those.
func (c Config) validate() error {
	var errs daemon.Errors
	errs.CheckCommon(c.Address, c.InternalAddress, c.Host, c.LogLevel, c.LogProfile)
	errs.Check(namePattern.MatchString(c.Name), "MUSTER_NAME", c.Name,
		"a name of at most 64 letters, digits, dots, hyphens and spaces")
	errs.Check(prefixPattern.MatchString(c.PathPrefix) && !dotSegment.MatchString(c.PathPrefix),
		"MUSTER_PATH_PREFIX", c.PathPrefix, "a path such as /muster, with a slash at the start and none at the end")
	errs.Check(c.GafaelfawrURL == "" || isURL(c.GafaelfawrURL), "MUSTER_GAFAELFAWR_URL", c.GafaelfawrURL,
		"a URL such as https://example.org/auth/api/v1")
	errs.Check(c.RepertoireURL == "" || isURL(c.RepertoireURL), "REPERTOIRE_BASE_URL", c.RepertoireURL,
		"a URL such as https://example.org/repertoire")
	errs.Check(scopePattern.MatchString(c.Scope), "MUSTER_SCOPE", c.Scope, "a scope such as exec:admin")
	errs.Check(c.Timeout >= 100*time.Millisecond && c.Timeout <= time.Minute, "MUSTER_TIMEOUT", c.Timeout.String(),
		"a duration from 100ms to 1m")
	if c.CAFile != "" {
		if _, err := daemon.CertPool(c.CAFile); err != nil {
			errs = append(errs, fmt.Errorf("MUSTER_CA_FILE: %w", err))
		}
	}
	return errs.Join()
}

func isURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" &&
		u.User == nil && u.RawQuery == "" && u.Fragment == ""
}

// externalURL is the path prefix as a client outside sees it. Like Python
// Muster it believes X-Forwarded-Proto only beside X-Forwarded-For.
func (c Config) externalURL(r *http.Request) string {
	scheme := "http"
	if r.Header.Get("X-Forwarded-Proto") == "https" && r.Header.Get("X-Forwarded-For") != "" {
		scheme = "https"
	}
	return scheme + "://" + cmp.Or(c.Host, r.Host) + c.PathPrefix
}
