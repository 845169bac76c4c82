package runner

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/muster/daemon"
)

// Config configures a Runner. The zero value of a field stands for its default,
// unless its comment says otherwise.
type Config struct {
	// Address is the listener for the ingress: MUSTER_ADDRESS, ":8080".
	// InternalAddress is the listener for metrics and health, for the cluster
	// only: MUSTER_INTERNAL_ADDRESS. Empty: there is none.
	Address, InternalAddress string
	// LogLevel and LogProfile are as for the server: MUSTER_LOG_LEVEL, "INFO",
	// and MUSTER_LOG_PROFILE, "production".
	LogLevel, LogProfile string
	// PathPrefix is the path of the runner at the ingress:
	// MUSTER_RUNNER_PATH_PREFIX, "/muster/runner".
	PathPrefix string
	// Host is the public host name of the deployment, for links and pages:
	// MUSTER_HOST; empty: the Host header of the request.
	Host string
	// Suite is the compiled suite: MUSTER_RUNNER_SUITE. By default it is the file
	// validation.test or validation beside this program.
	Suite string
	// Test2json is go's program of that name: MUSTER_RUNNER_TEST2JSON. By default
	// it is beside this program.
	Test2json string
	// Arguments of the suite: MUSTER_RUNNER_ARGS, separated by white space or as a
	// JSON list of strings, such as -env=/etc/muster/environment.yaml -write.
	Arguments []string
	// Variables of the runner's environment that the suite gets besides those
	// that every program needs: MUSTER_RUNNER_VARIABLES, separated by white
	// space. An environment file may name one with the bootstrap token.
	Variables []string
	// Timeout of a run: MUSTER_RUNNER_TIMEOUT, from 1s to 24h, "10m".
	Timeout time.Duration
	// Interval from one scheduled start to the next: MUSTER_RUNNER_INTERVAL, at
	// least 1m. Zero, the default, means no scheduled runs. A random part of up
	// to a tenth is added.
	Interval time.Duration
	// Store is the directory for runs: MUSTER_RUNNER_STORE. Empty: they are kept
	// in memory.
	Store string
	// Keep is the number of runs that are kept: MUSTER_RUNNER_KEEP, from 1 to
	// 10000, 200.
	Keep int
	// Deployment is its name in messages: MUSTER_RUNNER_DEPLOYMENT; empty: Host.
	Deployment string
	// WebhookFile holds the URL of a Slack-compatible incoming webhook:
	// MUSTER_RUNNER_WEBHOOK_FILE. SentryFile holds a DSN of Sentry:
	// MUSTER_RUNNER_SENTRY_DSN_FILE. Without one, nothing is sent. Both are
	// secrets and therefore not variables, which the suite would inherit.
	WebhookFile, SentryFile string
	// CAFile is a PEM file with certificate authorities for notifications,
	// besides the system's: MUSTER_RUNNER_CA_FILE.
	CAFile string
	// Version of the runner on its pages; not from the environment.
	Version string

	// environ is the source of the suite's variables.
	environ []string
	// killGrace is how long a run may revoke its tokens after its deadline before
	// it is killed.
	killGrace time.Duration
}

var settings = daemon.Settings[Config]{
	"MUSTER_ADDRESS":            func(c *Config, v string) error { c.Address = v; return nil },
	"MUSTER_INTERNAL_ADDRESS":   func(c *Config, v string) error { c.InternalAddress = v; return nil },
	"MUSTER_LOG_LEVEL":          func(c *Config, v string) error { c.LogLevel = v; return nil },
	"MUSTER_LOG_PROFILE":        func(c *Config, v string) error { c.LogProfile = v; return nil },
	"MUSTER_HOST":               func(c *Config, v string) error { c.Host = v; return nil },
	"MUSTER_RUNNER_PATH_PREFIX": func(c *Config, v string) error { c.PathPrefix = v; return nil },
	"MUSTER_RUNNER_SUITE":       func(c *Config, v string) error { c.Suite = v; return nil },
	"MUSTER_RUNNER_TEST2JSON":   func(c *Config, v string) error { c.Test2json = v; return nil },
	"MUSTER_RUNNER_ARGS": func(c *Config, v string) (err error) {
		c.Arguments, err = splitArguments(v)
		return err
	},
	"MUSTER_RUNNER_VARIABLES": func(c *Config, v string) error { c.Variables = strings.Fields(v); return nil },
	"MUSTER_RUNNER_INTERVAL": func(c *Config, v string) (err error) {
		c.Interval, err = daemon.Duration(v)
		return err
	},
	"MUSTER_RUNNER_DEPLOYMENT":      func(c *Config, v string) error { c.Deployment = v; return nil },
	"MUSTER_RUNNER_WEBHOOK_FILE":    func(c *Config, v string) error { c.WebhookFile = v; return nil },
	"MUSTER_RUNNER_SENTRY_DSN_FILE": func(c *Config, v string) error { c.SentryFile = v; return nil },
	"MUSTER_RUNNER_CA_FILE":         func(c *Config, v string) error { c.CAFile = v; return nil },
	"MUSTER_RUNNER_STORE":           func(c *Config, v string) error { c.Store = v; return nil },
	// Zero stands for the default in a Config and cannot be requested.
	"MUSTER_RUNNER_TIMEOUT": func(c *Config, v string) (err error) {
		if c.Timeout, err = daemon.Duration(v); err == nil && c.Timeout == 0 {
			return fmt.Errorf("%q is not %s", v, timeoutRange)
		}
		return err
	},
	"MUSTER_RUNNER_KEEP": func(c *Config, v string) (err error) {
		if c.Keep, err = strconv.Atoi(v); err != nil || c.Keep == 0 {
			return fmt.Errorf("%q is not %s", v, keepRange)
		}
		return nil
	},
}

// Allowed values of these settings, for people.
const (
	timeoutRange = "a duration from 1s to 24h"
	keepRange    = "a number from 1 to 10000"
)

func splitArguments(text string) ([]string, error) {
	if !strings.HasPrefix(strings.TrimSpace(text), "[") {
		return strings.Fields(text), nil
	}
	var list []string
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, errors.New("it begins with [ and is not a JSON list of strings")
	}
	return list, nil
}

// Variables returns the variables that ConfigFromEnvironment reads.
func Variables() []string { return settings.Names() }

// ConfigFromEnvironment reads MUSTER_* from environ, a list of NAME=value such
// as os.Environ gives, and fills in the defaults. An empty value counts as not
// set. Every unknown variable that begins with MUSTER_ is an error, except
// service links of Kubernetes and those that Variables lists. The error joins
// all errors, a sentence each that names its variable.
func ConfigFromEnvironment(environ []string) (Config, error) {
	cfg := Config{environ: environ}
	wrong := daemon.Read(&cfg, "the runner", settings, environ, func() []string { return cfg.Variables })
	cfg = cfg.withDefaults()
	if err := errors.Join(append(wrong, cfg.validate())...); err != nil {
		return Config{}, err
	}
	return cfg, nil
}

// defaultKillGrace is a little longer than one of the suite's own requests may
// take, because an answer that it waits for may hold a token.
const defaultKillGrace = 30 * time.Second

func (c Config) withDefaults() Config {
	daemon.SetDefaults(map[*string]string{
		&c.Address:    ":8080",
		&c.LogLevel:   "INFO",
		&c.LogProfile: "production",
		&c.PathPrefix: "/muster/runner",
		&c.Suite:      siblingPath("validation.test", "validation"),
		&c.Test2json:  siblingPath("test2json"),
		&c.Version:    "unknown",
		&c.Deployment: c.Host,
	})
	if c.Timeout == 0 {
		c.Timeout = 10 * time.Minute
	}
	if c.Keep == 0 {
		c.Keep = 200
	}
	if c.killGrace == 0 {
		c.killGrace = defaultKillGrace
	}
	if c.environ == nil {
		c.environ = os.Environ()
	}
	return c
}

// siblingPath returns the path of the first of the files that is in this
// program's directory, or of the first file if none is.
func siblingPath(names ...string) string {
	own, err := os.Executable()
	if err != nil {
		return names[0]
	}
	for _, name := range names {
		if path := filepath.Join(filepath.Dir(own), name); isProgram(path) == nil {
			return path
		}
	}
	return filepath.Join(filepath.Dir(own), names[0])
}

func isProgram(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular() || info.Mode()&0o111 == 0:
		return fmt.Errorf("%s is not a program", path)
	}
	return nil
}

var (
	prefixPattern   = regexp.MustCompile(`\A(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+\z`)
	variablePattern = regexp.MustCompile(`\A[A-Za-z_][A-Za-z0-9_]*\z`)
)

// ownFlags are flags that the runner itself passes to the suite.
var ownFlags = map[string]string{
	"test.run":          "ask for checks with ?run=",
	"test.v":            "the runner needs its form",
	"test.timeout":      "set MUSTER_RUNNER_TIMEOUT",
	"test.list":         "it runs nothing",
	"test.paniconexit0": "go test alone needs it",
	"leftovers":         "the runner keeps that file",
	"revoke":            "the runner does that itself",
	"role":              "it runs nothing",
}

// validate returns all errors of a Config whose defaults are filled in.
func (c Config) validate() error {
	var wrong daemon.Errors
	wrong.CheckCommon(c.Address, c.InternalAddress, c.Host, c.LogLevel, c.LogProfile)
	wrong.Check(prefixPattern.MatchString(c.PathPrefix), "MUSTER_RUNNER_PATH_PREFIX", c.PathPrefix,
		"a path such as /muster/runner, with a slash at the start and none at the end")
	wrong.Check(c.Timeout >= time.Second && c.Timeout <= 24*time.Hour, "MUSTER_RUNNER_TIMEOUT", c.Timeout.String(),
		timeoutRange)
	wrong.Check(c.Interval == 0 || c.Interval >= time.Minute, "MUSTER_RUNNER_INTERVAL", c.Interval.String(),
		"0 or a duration of at least 1m")
	wrong.Check(c.Keep >= 1 && c.Keep <= 10000, "MUSTER_RUNNER_KEEP", strconv.Itoa(c.Keep), keepRange)
	for _, v := range c.Variables {
		wrong.Check(variablePattern.MatchString(v), "MUSTER_RUNNER_VARIABLES", v, "the name of a variable")
	}
	for name, path := range map[string]string{"MUSTER_RUNNER_SUITE": c.Suite, "MUSTER_RUNNER_TEST2JSON": c.Test2json} {
		if err := isProgram(path); err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", name, err))
		}
	}
	return append(wrong, c.validateArguments()).Join()
}

func (c Config) validateArguments() error {
	for _, arg := range c.Arguments {
		name, _, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		if remedy, own := ownFlags[name]; own {
			return fmt.Errorf("MUSTER_RUNNER_ARGS: -%s may not be among them: %s", name, remedy)
		}
	}
	return nil
}
