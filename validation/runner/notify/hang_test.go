package notify

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/validation/runner/files/filestest"
	"github.com/lsst-sqre/muster/validation/runner/history/historytest"
	"github.com/lsst-sqre/muster/validation/runner/notify/notifytest"
)

// If the disk hangs during a message, the state is saved later, with the next run
// or at the end. A restart repeats no message.
func TestWebhookOnADiskThatAnswersAgain(t *testing.T) {
	t.Parallel()
	for name, wake := range map[string]func(*teller){
		"the next run": func(w *teller) { w.Observe(historytest.Red("2", "TestA")) },
		"the end":      func(w *teller) { w.stop() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, state := notifytest.NewReceiver(t), filepath.Join(t.TempDir(), "state")
			require.NoError(t, notifyState{Verdict: "pass", Unsure: true, Run: "1"}.save(state), "a message is on its way")
			w := tell(t, r, state)
			answer := filestest.Hang(t, &w.guard)
			w.observe(historytest.Red("1", "TestA"))
			answer()
			wake(w)
			require.Eventually(t, func() bool {
				known, err := readNotifyState(state)
				return err == nil && known.Verdict == "fail" && known.Run == "1" && !known.Unsure
			}, time.Minute, time.Millisecond, "it is kept")
			w.stop()
			w = tell(t, r, state, historytest.Red("1", "TestA"))
			w.settle()
			assert.Len(t, r.Texts(), 1, "told before")
		})
	}
}

// A state that cannot be saved prevents no message.
func TestWebhookOnADiskThatHangs(t *testing.T) {
	t.Parallel()
	r := notifytest.NewReceiver(t)
	w := tell(t, r, filepath.Join(t.TempDir(), "state"))
	defer filestest.Hang(t, &w.guard)()
	w.observe(historytest.Red("1", "TestA"), historytest.Green("2"))
	assert.Len(t, r.Texts(), 2)
	require.Eventually(t, func() bool {
		return strings.Contains(w.log.String(), "cannot save notification state")
	}, time.Minute, time.Millisecond, "it is said")
}
