package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"

	"github.com/lsst-sqre/muster/validation/runner/files"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// revokeLeftovers runs for at most min(1 min, Timeout), and for at most killGrace
// after shutdown has begun; the next start revokes what is left. Killing its
// process may take one more killGrace.
func (r *Runner) revokeLeftovers(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, min(r.cfg.Timeout, time.Minute))
	defer cancel()
	defer context.AfterFunc(r.running, func() { time.AfterFunc(r.cfg.killGrace, cancel) })()
	if err := r.suite.revoke(ctx); err != nil {
		r.log.Warn("cannot revoke the tokens of a killed run: the next run tries again, and the tokens expire",
			"error", err)
	}
}

// revoke revokes the tokens that a killed suite left. It starts the suite for it,
// because that knows the deployment.
func (s *suite) revoke(ctx context.Context) error {
	var errs []error
	for _, j := range s.journals {
		switch err := j.guard.Do(files.Patience, j.nonEmpty); {
		case ctx.Err() != nil:
			return errors.Join(append(errs, context.Cause(ctx))...)
		case err == nil:
			errs = append(errs, s.revokeFrom(ctx, j.path))
		case !errors.Is(err, errEmptyJournal):
			errs = append(errs, fmt.Errorf("%s: %w", j.path, err))
		}
	}
	return errors.Join(errs...)
}

func (s *suite) revokeFrom(ctx context.Context, path string) error {
	output := verdict.NewBothEnds(4 << 10)
	args := append([]string{"-revoke=" + path, "-test.timeout=" + testTimeout(s.cfg.Timeout).String()},
		s.cfg.Arguments...)
	//nolint:gosec,noctx // the deployer names the program; start asks it to stop before it kills it
	cmd := exec.Command(s.cfg.Suite, args...)
	stderr, err := s.start(ctx, cmd, func(r io.Reader) error {
		_, err := io.Copy(output, r)
		return err
	})
	if err == nil && cmd.ProcessState.Success() {
		return nil
	}
	return errors.Join(err, errors.New(strings.Join(strings.Fields(stderr+" "+output.String()), " ")))
}
