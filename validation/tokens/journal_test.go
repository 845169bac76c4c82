package tokens

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// line returns the line of a journal for a token that expires then.
func line(user string, expires time.Time) string {
	return fmt.Sprintf(`{"username":%q,"type":"service","expires":%d}`, user, expires.Unix())
}

// A journal names the tokens that may still work, and no others.
func TestJournalNamesTokensThatMayWork(t *testing.T) {
	t.Parallel()
	now := time.Now()
	path := filepath.Join(t.TempDir(), "journal")
	text := line("bot-a", now.Add(time.Hour)) + "\n\n" + line("bot-b", now.Add(-forgetAfter/2)) + "\n" +
		line("bot-c", now.Add(-2*forgetAfter)) + "\n" + line("bot-cut-off", now.Add(time.Hour))[:40] + "\n\n" +
		line("bot-d", now.Add(time.Hour)) + "\n" + `{"username":"bot-endless","type":"service","expires":null}` + "\n" +
		`{"user`
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	j, old, err := openJournal(t.Context(), path, 0)
	require.NoError(t, err)
	var users []string
	for _, o := range old {
		users = append(users, o.Username)
	}
	assert.Equal(t, []string{"bot-a", "bot-b", "bot-d", "bot-endless"}, users)

	_, _, err = openJournal(t.Context(), path, 0)
	require.ErrorIs(t, err, errTaken)
	require.NoError(t, j.forget())
	want := gafaelfawr.TokenRequest{Username: "bot-e", Type: "service", Expires: gafaelfawr.Time{Time: now}}
	require.NoError(t, j.add(want))
	require.NoError(t, j.file.Close())
	j, old, err = openJournal(t.Context(), path, 0)
	require.NoError(t, err)
	require.Len(t, old, 1)
	assert.Equal(t, "bot-e", old[0].Username)
	assert.NoError(t, j.file.Close())
}

// A run empties its journal, so it takes no file of another program.
func TestOtherFilesAreNoJournal(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"notes\n", `{"username":"a","type":"service","expires":1,"more":1}` + "\n", `{"username":"a"}` + "\n", "[1]\n", "7",
	} {
		path := filepath.Join(t.TempDir(), "file")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		_, _, err := openJournal(t.Context(), path, 0)
		assert.ErrorContains(t, err, "is no journal of tokens", text)
		kept, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, text, string(kept))
	}
	_, _, err := openJournal(t.Context(), t.TempDir(), 0)
	assert.ErrorContains(t, err, "is no file to note tokens in")
}
