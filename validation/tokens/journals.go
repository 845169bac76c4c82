package tokens

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// journals bounds how many runs against one deployment have a journal in the
// default place at the same time.
const journals = 8

// TakeDefaultJournals notes tokens in a file of the user's cache folder, one
// for each deployment, and takes over those of killed runs. It notes nothing
// for a local deployment, whose tokens end with the process, or without a cache
// folder.
func (t *Factory) TakeDefaultJournals() {
	folder, err := journalFolder()
	if t.Environment.Local || err != nil {
		return
	}
	for i := range journals {
		l, old, err := tryJournal(filepath.Join(folder, t.journalName(i)))
		switch {
		case errors.Is(err, errTaken):
			continue
		case err != nil:
			t.Fact("leftovers", "tokens are not noted for the case that this run is killed: "+err.Error())
			return
		case t.journal == nil:
			t.journal, t.old = l, old
		case len(old) == 0:
			_ = l.file.Close() // it has no owner
			return
		default:
			t.journal.more = append(t.journal.more, l)
			t.old = append(t.old, old...)
		}
	}
}

// journalName contains the address of the deployment.
func (t *Factory) journalName(i int) string {
	sum := sha256.Sum256([]byte(t.Environment.URL + " " + t.Environment.Address))
	return fmt.Sprintf("tokens-%s-%s-%d", t.Environment.Host(), hex.EncodeToString(sum[:6]), i)
}

// journalFolder returns a folder that belongs to this user alone.
func journalFolder() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	folder := filepath.Join(cache, "muster", "runs")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	info, err := os.Lstat(folder)
	if err == nil && (!info.IsDir() || info.Mode().Perm()&0o022 != 0) {
		err = fmt.Errorf("others may write to %s", folder)
	}
	return folder, err
}

// tryJournal is openJournal without waiting for another run.
func tryJournal(path string) (*journal, []gafaelfawr.TokenRequest, error) {
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("%s is no file", path)
	}
	return openJournal(context.Background(), path, 0)
}

// TakeJournal notes tokens in the file, and takes over the tokens in it for
// revocation.
func (t *Factory) TakeJournal(ctx context.Context, path string) error {
	j, old, err := openJournal(ctx, path, lockWait)
	if err != nil {
		return err
	}
	t.journal, t.old, t.named = j, old, true
	return nil
}

// HasOld reports whether a killed run may have left tokens.
func (t *Factory) HasOld() bool { return len(t.old) > 0 }

// OldLeft names the tokens of killed runs that are left, one sentence each.
func (t *Factory) OldLeft() []string { return t.oldLeft }
