package suite

import (
	"fmt"
	"os"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// revokeLeftovers is what -revoke does: it returns the exit code of the process.
func (r *run) revokeLeftovers(path string) int {
	err := r.takeLeftovers(path)
	if err == nil && len(r.tokens.old) == 0 {
		say(os.Stdout, "no token is left\n")
		return 0
	}
	if err == nil {
		err = r.preconditions.tokens.verify(r.ctx)
	}
	if err != nil {
		return refuse(fmt.Errorf("the tokens of a run that was killed cannot be revoked: %w", err))
	}
	problems := append(r.tokens.revokeAll(r.ctx), r.tokens.oldLeft...)
	say(os.Stdout, "%s\n", r.tokens.foundText())
	for _, p := range problems {
		say(os.Stderr, "LEFT BEHIND %s\n", p)
	}
	if len(problems) > 0 {
		return verdict.ExitCode(verdict.Fail)
	}
	return 0
}

// takeLeftovers makes what is in the file this run's to revoke.
func (r *run) takeLeftovers(path string) error {
	notes, old, err := openLeftovers(r.ctx, path, lockWait)
	if err != nil {
		return err
	}
	r.tokens.notes, r.tokens.old = notes, old
	return nil
}
