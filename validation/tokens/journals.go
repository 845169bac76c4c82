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

// journals is how many runs against one deployment have a journal at the same
// time in the default place.
const journals = 8

// TakeDefaultJournals notes tokens in a file of the user's cache folder, one for
// each deployment, and takes over what runs that were killed left there. Nothing
// is noted of a local deployment, whose tokens end with the process, and nothing
// where there is no such folder.
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

// journalName has the deployment in it, by the address at which it is asked.
func (t *Factory) journalName(i int) string {
	sum := sha256.Sum256([]byte(t.Environment.URL + " " + t.Environment.Address))
	return fmt.Sprintf("tokens-%s-%s-%d", t.Environment.Host(), hex.EncodeToString(sum[:6]), i)
}

// journalFolder is a folder of this user alone.
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

// TakeJournal notes tokens in that file, and makes what is in it this run's to
// revoke.
func (t *Factory) TakeJournal(ctx context.Context, path string) error {
	j, old, err := openJournal(ctx, path, lockWait)
	if err != nil {
		return err
	}
	t.journal, t.old, t.named = j, old, true
	return nil
}

// HasOld reports whether a run that was killed may have left tokens.
func (t *Factory) HasOld() bool { return len(t.old) > 0 }

// OldLeft is what is left of them, a sentence each.
func (t *Factory) OldLeft() []string { return t.oldLeft }
