package suite

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// leftovers is a file in which a run notes each token before it is made, without
// the token itself. A run that was killed leaves it behind, and whoever has the
// file next revokes what is in it. It is locked while the run lives, so that no
// other run takes the tokens of a living one for left behind.
type leftovers struct{ file *os.File }

const (
	// lockWait bounds the wait for a run whose parent was killed: it ends when it
	// prints the next line.
	lockWait = time.Minute
	// forgetAfter is how long after its expiry a token is forgotten. The clock of
	// Gafaelfawr may be another.
	forgetAfter = 24 * time.Hour
)

// note is a line of the file.
type note struct {
	Username string          `json:"username"`
	Type     string          `json:"type"`
	Name     string          `json:"name,omitempty"`
	Expires  gafaelfawr.Time `json:"expires"`
}

// openLeftovers opens and locks the file, and returns what is in it.
func openLeftovers(ctx context.Context, path string) (*leftovers, []gafaelfawr.TokenRequest, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("there is no place to note tokens in: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	if err := poll(ctx, 50*time.Millisecond, func(context.Context) error { return lockFile(file) }); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("another run has %s: %w", path, err), file.Close())
	}
	var old []gafaelfawr.TokenRequest
	lines := bufio.NewReader(file)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return &leftovers{file}, old, nil
		}
		if err != nil {
			return nil, nil, errors.Join(fmt.Errorf("cannot read which tokens are left: %w", err), file.Close())
		}
		var n note
		// Half a line was followed by no request.
		if json.Unmarshal(line, &n) == nil && time.Since(n.Expires.Time) < forgetAfter {
			old = append(old, gafaelfawr.TokenRequest{Username: n.Username, Type: n.Type, Name: n.Name, Expires: n.Expires})
		}
	}
}

// add notes a token that will be made. A nil leftovers notes nothing.
func (l *leftovers) add(want gafaelfawr.TokenRequest) error {
	if l == nil {
		return nil
	}
	line, err := json.Marshal(note{want.Username, want.Type, want.Name, want.Expires})
	if err != nil {
		return err
	}
	// The line end in front ends what a full disk cut off.
	_, err = l.file.Write(append(append([]byte{'\n'}, line...), '\n'))
	return err
}

// forget empties the file, for no token is left.
func (l *leftovers) forget() error {
	if l == nil {
		return nil
	}
	return l.file.Truncate(0)
}
