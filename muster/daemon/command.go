package daemon

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime/debug"
	"strings"
)

// Command runs a configured daemon: it listens, serves and logs both ends.
type Command struct {
	// Name of the daemon in its log.
	Name, Version            string
	Address, InternalAddress string
	// Prefix of the public paths.
	Prefix string
	// Serve answers until ctx ends; internal may be nil.
	Serve func(ctx context.Context, public, internal net.Listener) error
	Log   *slog.Logger
}

// Run listens and serves until ctx ends, and returns the exit code.
func (c Command) Run(ctx context.Context, stderr io.Writer) int {
	public, internal, err := listen(c.Address, c.InternalAddress)
	if err != nil {
		return Fail(stderr, err, 1)
	}
	inside := ""
	if internal != nil {
		inside = internal.Addr().String()
	}
	c.Log.Info(c.Name+" is listening", "version", c.Version, "address", public.Addr().String(),
		"internal_address", inside, "prefix", c.Prefix)
	if err := c.Serve(ctx, public, internal); err != nil {
		c.Log.Error(c.Name+" stopped", "error", err)
		return 1
	}
	c.Log.Info(c.Name+" stopped", "cause", context.Cause(ctx))
	return 0
}

// Fail prints an error in one line, and returns the exit code.
func Fail(stderr io.Writer, err error, code int) int {
	fmt.Fprintln(stderr, "muster:", strings.ReplaceAll(err.Error(), "\n", "; "))
	return code
}

// WriteVariables lists the environment variables of a command, as its -h does.
func WriteVariables(w io.Writer, command, pkg string, names []string) {
	fmt.Fprintf(w, "usage: %s\n\nThese environment variables configure it; go doc ./%s Config explains each:\n  %s\n",
		command, pkg, strings.Join(names, "\n  "))
}

// Version returns the version of this program: the linker's, if any, else the
// module's, else its revision.
func Version(set string) string {
	if set != "" {
		return set
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if info.Main.Version != "" && info.Main.Version != "(devel)" {
		return strings.TrimPrefix(info.Main.Version, "v")
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return "0.0.0+" + s.Value[:min(12, len(s.Value))]
		}
	}
	return "0.0.0"
}
