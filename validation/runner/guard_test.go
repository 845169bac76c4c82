package runner

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDisk(t *testing.T) {
	t.Parallel()
	var d guard
	broken := errors.New("broken")
	assert.NoError(t, d.do(time.Minute, func() error { return nil }))
	assert.ErrorIs(t, d.do(time.Minute, func() error { return broken }), broken)
	back := make(chan struct{})
	assert.ErrorIs(t, d.do(time.Millisecond, func() error { <-back; return nil }), errNoAnswer)
	assert.ErrorIs(t, d.do(time.Minute, func() error { t.Error("it is asked again"); return nil }), errNoAnswer)
	close(back)
	until(t, "it answers again", func() bool { return d.do(time.Minute, func() error { return nil }) == nil })
}

// Where the store hangs, tokens are noted elsewhere, and what was noted in the
// store waits.
func TestNotesOnADiskThatHangs(t *testing.T) {
	t.Parallel()
	cfg := child(t, "pass")
	s := &suite{cfg: cfg, journals: tokenJournals(cfg)}
	hung, other := s.journals[0], s.journals[1]
	require.NoError(t, os.WriteFile(hung.path, []byte("token"), 0o600))
	hung.guard.busy.Store(true)
	assert.Equal(t, other.path, s.writablePath())
	assert.ErrorIs(t, s.revoke(t.Context()), errNoAnswer)
	hung.guard.busy.Store(false)
	assert.Equal(t, hung.path, s.writablePath())
	assert.NoError(t, s.revoke(t.Context()))
}

// What is told while the disk hangs is kept when it answers again, with the next
// run or at the end: a restart tells nothing twice.
func TestWebhookOnADiskThatAnswersAgain(t *testing.T) {
	t.Parallel()
	for name, wake := range map[string]func(*teller){
		"the next run": func(w *teller) { w.Observe(red("2", "TestA")) },
		"the end":      func(w *teller) { w.stop() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, state := newReceiver(t), filepath.Join(t.TempDir(), "state")
			require.NoError(t, notifyState{Verdict: "pass", Unsure: true, Run: "1"}.save(state), "a message is on its way")
			w := tell(t, r, state)
			w.guard.busy.Store(true)
			w.observe(red("1", "TestA"))
			w.guard.busy.Store(false)
			wake(w)
			until(t, "it is kept", func() bool {
				known, err := readNotifyState(state)
				return err == nil && known.Verdict == "fail" && known.Run == "1" && !known.Unsure
			})
			w.stop()
			w = tell(t, r, state, red("1", "TestA"))
			w.settle()
			assert.Len(t, r.texts(), 1, "told before")
		})
	}
}

// A state that cannot be kept costs no message.
func TestWebhookOnADiskThatHangs(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	w := tell(t, r, filepath.Join(t.TempDir(), "state"))
	w.guard.busy.Store(true)
	w.observe(red("1", "TestA"), green("2"))
	assert.Len(t, r.texts(), 2)
	until(t, "it is said", func() bool {
		return strings.Contains(w.log.String(), "cannot save notification state")
	})
}
