package suite

import (
	"fmt"
	"os"

	"github.com/lsst-sqre/muster/validation/message"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// takeJournals takes over what killed runs left, and notes the tokens of this run.
func (r *run) takeJournals() error {
	if r.options.Leftovers == "" {
		r.Tokens.TakeDefaultJournals()
		return nil
	}
	return r.Tokens.TakeJournal(r.ctx, r.options.Leftovers)
}

// revokeLeftovers carries out -revoke. It returns the exit code of the process.
func (r *run) revokeLeftovers(path string) int {
	err := r.Tokens.TakeJournal(r.ctx, path)
	if err == nil && !r.Tokens.HasOld() {
		message.Say(os.Stdout, "no token is left\n")
		return 0
	}
	if err == nil {
		err = r.preconditions.Tokens.Verify(r.ctx)
	}
	if err != nil {
		return refuse(fmt.Errorf("the tokens of a run that was killed cannot be revoked: %w", err))
	}
	problems := append(r.Tokens.RevokeAll(r.ctx), r.Tokens.OldLeft()...)
	message.Say(os.Stdout, "%s\n", r.Tokens.FoundText())
	for _, p := range problems {
		complain("LEFT BEHIND " + p)
	}
	if len(problems) > 0 {
		return verdict.ExitCode(verdict.Fail)
	}
	return 0
}
