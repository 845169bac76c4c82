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
)

// leftoversPath is where the suite notes the tokens that it makes: in the store
// or, without one, where it outlives this process at least.
func leftoversPath(dir string) (string, error) {
	if dir == "" {
		dir = filepath.Join(os.TempDir(), fmt.Sprintf("muster-runner-%d", os.Getuid()))
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	return filepath.Join(dir, "leftovers"), nil
}

// revoke revokes the tokens that a suite left which was killed: the suite does
// it, for it knows the deployment. It is done before anything else and after
// every run that did not do so itself.
func (s *suite) revoke(ctx context.Context) error {
	info, err := os.Stat(s.leftovers)
	switch {
	case errors.Is(err, os.ErrNotExist) || err == nil && info.Size() == 0:
		return nil
	case err != nil:
		return err
	}
	var said bothEnds
	said.limit = 4 << 10
	args := append([]string{"-revoke=" + s.leftovers, "-test.timeout=" + testTimeout(s.cfg.Timeout).String()}, s.cfg.Arguments...)
	cmd := exec.Command(s.cfg.Suite, args...) //nolint:gosec // the deployer names the program
	wrong, err := s.start(ctx, cmd, func(r io.Reader) error {
		_, err := io.Copy(&said, r)
		return err
	})
	if err == nil && cmd.ProcessState.Success() {
		return nil
	}
	return errors.Join(err, errors.New(strings.Join(strings.Fields(wrong+" "+said.String()), " ")))
}
