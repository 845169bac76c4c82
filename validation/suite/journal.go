package suite

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

// takeDefaultLeftovers notes tokens in a file of the user's cache folder, one for
// each deployment, and takes over what runs that were killed left there. Nothing
// is noted of a local deployment, whose tokens end with the process, and nothing
// where there is no such folder.
func (r *run) takeDefaultLeftovers() {
	folder, err := journalFolder()
	if r.env.Local || err != nil {
		return
	}
	for i := range journals {
		l, old, err := tryLeftovers(filepath.Join(folder, r.journalName(i)))
		switch {
		case errors.Is(err, errTaken):
			continue
		case err != nil:
			r.results.fact("leftovers", "tokens are not noted for the case that this run is killed: "+err.Error())
			return
		case r.tokens.notes == nil:
			r.tokens.notes, r.tokens.old = l, old
		case len(old) == 0:
			_ = l.file.Close() // it is nobody's
			return
		default:
			r.tokens.notes.more = append(r.tokens.notes.more, l)
			r.tokens.old = append(r.tokens.old, old...)
		}
	}
}

// journalName has the deployment in it, by the address at which it is asked.
func (r *run) journalName(i int) string {
	sum := sha256.Sum256([]byte(r.env.URL + " " + r.env.Address))
	return fmt.Sprintf("tokens-%s-%s-%d", r.env.Host(), hex.EncodeToString(sum[:6]), i)
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

// tryLeftovers is openLeftovers without waiting for another run.
func tryLeftovers(path string) (*leftovers, []gafaelfawr.TokenRequest, error) {
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("%s is no file", path)
	}
	return openLeftovers(context.Background(), path, 0)
}
