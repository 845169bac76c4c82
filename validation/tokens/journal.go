package tokens

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/client"
)

// journal is a file in which a run notes each token before it is made, without
// the secret. A killed run leaves it behind, and the next run that uses the
// file revokes the tokens in it. The file is locked while the run lives, so
// that no other run revokes the tokens of a living one.
type journal struct {
	file *os.File
	// more are journals of other runs that were taken over.
	more []*journal
}

const (
	// lockWait bounds the wait for a run whose parent was killed. Such a run ends
	// when it prints its next line.
	lockWait = time.Minute
	// forgetAfter is how long after its expiry a token is forgotten, because
	// Gafaelfawr's clock may differ.
	forgetAfter = 24 * time.Hour
)

// record is a line of the file.
type record struct {
	Username string          `json:"username"`
	Type     string          `json:"type"`
	Name     string          `json:"name,omitempty"`
	Expires  gafaelfawr.Time `json:"expires"`
}

// errTaken says that a living run holds a journal.
var errTaken = errors.New("another run has it")

// openJournal opens the file, waits for its lock, and returns its tokens.
func openJournal(ctx context.Context, path string, wait time.Duration) (*journal, []gafaelfawr.TokenRequest, error) {
	if err := regular(path); err != nil {
		return nil, nil, err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("there is no place to note tokens in: %w", err)
	}
	if err := lockFile(file); err != nil && wait == 0 {
		return nil, nil, errors.Join(errTaken, file.Close())
	}
	ctx, cancel := context.WithTimeout(ctx, max(wait, time.Second))
	defer cancel()
	if err := client.Poll(ctx, 50*time.Millisecond, func(context.Context) error { return lockFile(file) }); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("another run has %s: %w", path, err), file.Close())
	}
	old, err := readRecords(file, path)
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	return &journal{file: file}, old, nil
}

// regular rejects anything but a file, because reading a pipe may never end.
func regular(path string) error {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is no file to note tokens in", path)
	}
	return nil
}

// journalLimit in bytes is more than any run notes.
const journalLimit = 4 << 20

// readRecords reads a journal. It rejects any other file, because a run empties
// its journal.
func readRecords(file *os.File, path string) (old []gafaelfawr.TokenRequest, err error) {
	lines := bufio.NewReader(io.LimitReader(file, journalLimit))
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) == 0 && errors.Is(err, io.EOF) {
			return old, nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("cannot read which tokens are left: %w", err)
		}
		n, ok := readRecord(line)
		if !ok {
			return nil, fmt.Errorf("%s is no journal of tokens, and a run would empty it: name a file of its own", path)
		}
		endless := n.Username != "" && n.Expires.IsZero()
		if endless || time.Since(n.Expires.Time) < forgetAfter {
			old = append(old, gafaelfawr.TokenRequest{Username: n.Username, Type: n.Type, Name: n.Name, Expires: n.Expires})
		}
	}
}

// readRecord reads a line of a journal. ok reports whether it is one. A line that
// a full disk or the end of the process cut off is an empty record, which has
// expired: no request followed it.
func readRecord(line []byte) (n record, ok bool) {
	const begin = `{"username":`
	line = bytes.TrimSpace(line)
	if len(line) == 0 {
		return n, true
	}
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&n); err == nil {
		return n, n.Username != "" && n.Type != ""
	}
	if json.Valid(line) {
		return n, false // another program's
	}
	return record{}, bytes.HasPrefix(line, []byte(begin)) || bytes.HasPrefix([]byte(begin), line)
}

// add notes a token before it is made. A nil journal notes nothing.
func (l *journal) add(want gafaelfawr.TokenRequest) error {
	if l == nil {
		return nil
	}
	line, err := json.Marshal(record{want.Username, want.Type, want.Name, want.Expires})
	if err != nil {
		return err
	}
	// The leading line end completes a line that a full disk cut off.
	_, err = l.file.Write(append(append([]byte{'\n'}, line...), '\n'))
	return err
}

// forget empties the file because no token is left.
func (l *journal) forget() error {
	if l == nil {
		return nil
	}
	err := l.file.Truncate(0)
	for _, m := range l.more {
		err = errors.Join(err, m.forget())
	}
	return err
}
