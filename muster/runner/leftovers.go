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

// leftoversPaths are where the suite may note the tokens that it makes: in the
// store, and where notes outlive this process at least.
// Runners of different deployments have different ones.
func leftoversPaths(cfg Config) []string {
	which := contentHash([]byte(strings.Join(cfg.Arguments, "\n")))
	dirs := []string{filepath.Join(os.TempDir(), fmt.Sprintf("muster-runner-%d-%s", os.Getuid(), which))}
	if cfg.Store != "" {
		dirs = append([]string{cfg.Store}, dirs...)
	}
	for i := range dirs {
		dirs[i] = filepath.Join(dirs[i], "leftovers")
	}
	return dirs
}

// place is the first of the paths that can be written, or empty: a run must not
// fail for want of a place to note tokens in.
func (s *suite) place() string {
	for _, path := range s.leftovers {
		if os.MkdirAll(filepath.Dir(path), 0o700) != nil {
			continue
		}
		file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err == nil && file.Close() == nil {
			return path
		}
	}
	return ""
}

// revoke revokes the tokens that a suite left which was killed: the suite does
// it, for it knows the deployment. It is done before anything else and after
// every run that did not do so itself.
func (s *suite) revoke(ctx context.Context) error {
	var wrong []error
	for _, path := range s.leftovers {
		if info, err := os.Stat(path); err == nil && info.Size() > 0 {
			wrong = append(wrong, s.revokeFrom(ctx, path))
		}
	}
	return errors.Join(wrong...)
}

func (s *suite) revokeFrom(ctx context.Context, path string) error {
	said := bothEnds{limit: 4 << 10}
	args := append([]string{"-revoke=" + path, "-test.timeout=" + testTimeout(s.cfg.Timeout).String()}, s.cfg.Arguments...)
	cmd := exec.Command(s.cfg.Suite, args...) //nolint:gosec,noctx // the deployer names the program; start asks it to stop before it kills it
	wrong, err := s.start(ctx, cmd, func(r io.Reader) error {
		_, err := io.Copy(&said, r)
		return err
	})
	if err == nil && cmd.ProcessState.Success() {
		return nil
	}
	return errors.Join(err, errors.New(strings.Join(strings.Fields(wrong+" "+said.String()), " ")))
}
