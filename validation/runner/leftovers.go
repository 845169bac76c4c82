package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// notes are a file in which the suite may note the tokens that it makes.
type notes struct {
	path string
	disk disk
}

// notesOf are the files for that configuration: in the store, and where notes
// outlive this process at least. Runners of different deployments have different
// ones.
func notesOf(cfg Config) (all []*notes) {
	which := gafaelfawr.Fingerprint(strings.Join(cfg.Arguments, "\n"))
	dirs := []string{filepath.Join(os.TempDir(), fmt.Sprintf("muster-runner-%d-%s", os.Getuid(), which))}
	if cfg.Store != "" {
		dirs = append([]string{cfg.Store}, dirs...)
	}
	for _, dir := range dirs {
		all = append(all, &notes{path: filepath.Join(dir, "leftovers")})
	}
	return all
}

// place is the first of the paths that can be written, or empty: a run must not
// fail for want of a place to note tokens in.
func (s *suite) place() string {
	for _, n := range s.leftovers {
		if n.disk.ask(patience, n.writable) == nil {
			return n.path
		}
	}
	return ""
}

func (n *notes) writable() error {
	if err := os.MkdirAll(filepath.Dir(n.path), 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(n.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return file.Close()
}

var errNoNotes = errors.New("nothing is noted")

// some is nil if there are notes.
func (n *notes) some() error {
	info, err := os.Stat(n.path)
	if err != nil || info.Size() == 0 {
		return errNoNotes
	}
	return nil
}

// revokeLeftovers takes at most a minute and as long as a run may, and when the
// runner ends at most the grace of one: the next start revokes what is left.
// Each time its process gets the grace on top of that.
func (r *Runner) revokeLeftovers(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, min(r.cfg.Timeout, time.Minute))
	defer cancel()
	defer context.AfterFunc(r.running, func() { time.AfterFunc(r.cfg.grace, cancel) })()
	if err := r.suite.revoke(ctx); err != nil {
		r.log.Warn("tokens of a run that was killed may be left: the next run tries again, and they end by themselves", "error", err)
	}
}

// revoke revokes the tokens that a suite left which was killed: the suite does
// it, for it knows the deployment. It is done before anything else and after
// every run that did not do so itself.
func (s *suite) revoke(ctx context.Context) error {
	var wrong []error
	for _, n := range s.leftovers {
		switch err := n.disk.ask(patience, n.some); {
		case ctx.Err() != nil:
			return errors.Join(append(wrong, context.Cause(ctx))...)
		case err == nil:
			wrong = append(wrong, s.revokeFrom(ctx, n.path))
		case !errors.Is(err, errNoNotes):
			wrong = append(wrong, fmt.Errorf("%s: %w", n.path, err))
		}
	}
	return errors.Join(wrong...)
}

func (s *suite) revokeFrom(ctx context.Context, path string) error {
	said := verdict.NewBothEnds(4 << 10)
	args := append([]string{"-revoke=" + path, "-test.timeout=" + testTimeout(s.cfg.Timeout).String()}, s.cfg.Arguments...)
	cmd := exec.Command(s.cfg.Suite, args...) //nolint:gosec,noctx // the deployer names the program; start asks it to stop before it kills it
	wrong, err := s.start(ctx, cmd, func(r io.Reader) error {
		_, err := io.Copy(said, r)
		return err
	})
	if err == nil && cmd.ProcessState.Success() {
		return nil
	}
	return errors.Join(err, errors.New(strings.Join(strings.Fields(wrong+" "+said.String()), " ")))
}
