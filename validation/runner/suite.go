package runner

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// suitePackage is the suite's import path, for the events.
const suitePackage = "github.com/lsst-sqre/muster/validation"

// suite starts the compiled suite.
type suite struct {
	cfg Config
	// journals are the files in which the suite may note its tokens.
	journals []*tokenJournal
}

// run runs the checks that the pattern selects and returns their events. It
// calls follow for every check that starts or ends. When ctx ends it stops the
// suite, and kills it if it does not end.
func (s *suite) run(ctx context.Context, pattern string, follow func(verdict.Change)) (*verdict.Stream, error) {
	args := []string{
		"-t", "-p", suitePackage, s.cfg.Suite, "-test.v=test2json", "-test.timeout=" + testTimeout(s.cfg.Timeout).String(),
	}
	if path := s.writablePath(); path != "" { // the file system may have hung
		args = append(args, "-leftovers="+path)
	}
	select {
	case <-ctx.Done():
		return verdict.NewStream(), nil // it is over before it began
	default:
	}
	if pattern != "" {
		args = append(args, "-test.run="+pattern)
	}
	var stream *verdict.Stream
	//nolint:gosec,noctx // no shell: the pattern is one argument; start asks before it kills
	cmd := exec.Command(s.cfg.Test2json, append(args, s.cfg.Arguments...)...)
	stderr, err := s.start(ctx, cmd, func(r io.Reader) (err error) {
		stream, err = verdict.Read(r, follow)
		return err
	})
	if stream == nil {
		stream = verdict.NewStream()
	}
	if err != nil && stderr != "" {
		err = fmt.Errorf("%w: %s", err, stderr)
	}
	return stream, err
}

// testTimeout is the suite's own deadline. Before it, the suite revokes its
// tokens; at it, go test names the checks that hang. Both come before the
// runner's deadline.
func testTimeout(timeout time.Duration) time.Duration {
	return timeout - min(10*time.Second, timeout/6)
}

// start runs a command, passes its output to read, and returns its stderr,
// shortened. When it returns, no process of the command is left.
func (s *suite) start(ctx context.Context, cmd *exec.Cmd, read func(io.Reader) error) (stderr string, err error) {
	out, in, err := os.Pipe()
	if err != nil {
		return "", err
	}
	defer func() { _ = out.Close() }() // it was only read
	ends := verdict.NewBothEnds(4 << 10)
	cmd.Env = suiteEnvironment(s.cfg.environ, s.cfg.Variables)
	cmd.Stdout, cmd.Stderr = in, ends
	// A process that left the group may hold stderr open.
	cmd.WaitDelay = s.cfg.killGrace
	inOwnGroup(cmd)
	err = cmd.Start()
	_ = in.Close() // the child has its own
	if err != nil {
		return "", fmt.Errorf("the suite does not start: %w", err)
	}
	g := processGroup{cmd.Process.Pid}
	ended := make(chan struct{})
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		select {
		case <-ctx.Done():
			g.stop(s.cfg.killGrace, ended)
			// A process that left the group may hold stdout open.
			_ = out.SetReadDeadline(time.Now().Add(s.cfg.killGrace))
		case <-ended:
		}
	}()
	err = read(out)
	_ = out.Close() // if reading ended first, the child must not block on the pipe
	waited := cmd.Wait()
	close(ended)
	<-stopped
	g.clear(s.cfg.killGrace)
	if err != nil && waited != nil {
		err = fmt.Errorf("%w (%w)", err, waited)
	}
	return ends.String(), err
}

// everyProgram are variables that programs need. A star at the end matches any
// rest of a name. The webhook's URL must not be among them.
var everyProgram = []string{
	"PATH",
	"HOME",
	"USER",
	"TMPDIR",
	"TZ",
	"LANG",
	"KUBECONFIG",
	"KUBERNETES_*",
	"SSL_CERT_FILE",
	"SSL_CERT_DIR",
	"HTTP_PROXY",
	"HTTPS_PROXY",
	"NO_PROXY",
	"http_proxy",
	"https_proxy",
	"no_proxy",
	"GODEBUG",
	"GOMAXPROCS",
	"GOMEMLIMIT",
}

func suiteEnvironment(environ, more []string) []string {
	allowed := slices.Concat(everyProgram, more)
	return slices.DeleteFunc(slices.Clone(environ), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return !slices.ContainsFunc(allowed, func(a string) bool {
			prefix, starred := strings.CutSuffix(a, "*")
			return name == a || starred && strings.HasPrefix(name, prefix)
		})
	})
}
