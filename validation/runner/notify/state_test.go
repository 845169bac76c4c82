package notify

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/validation/runner/history/historytest"
	"github.com/lsst-sqre/muster/validation/runner/notify/notifytest"
)

func TestRestart(t *testing.T) {
	t.Parallel()
	r := notifytest.NewReceiver(t)
	state := filepath.Join(t.TempDir(), "webhook.json")
	wasRed, wasGreen := historytest.Red("1", "TestA"), historytest.Green("2")
	w := tell(t, r, state)
	w.observe(wasRed)
	w.stop()

	w = tell(t, r, state, historytest.Green("0"), wasRed)
	w.settle()
	w.observe(historytest.Red("1a", "TestA"))
	w.stop()
	require.Len(t, r.Texts(), 1, "told before")

	w = tell(t, r, state, wasRed, wasGreen) // the run ended, and the process before it told
	w.settle()
	w.stop()
	require.Len(t, r.Texts(), 2)
	assert.Contains(t, r.Texts()[1], "passes again")

	w = tell(t, r, state, historytest.Green("0"), wasRed) // a store that lost the later run
	w.settle()
	w.stop()
	require.Len(t, r.Texts(), 2)

	w = tell(t, r, state)
	w.observe(historytest.Green("3"))
	require.Len(t, r.Texts(), 2)
}

// What the process before could not tell, the next one does, once.
func TestRestartTellsWhatWasNotTold(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{"before the first try": nil, "refused": notifytest.Status(404),
		"answer lost": notifytest.Cut} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := notifytest.NewReceiver(t)
			state := filepath.Join(t.TempDir(), "webhook.json")
			wasRed := historytest.Red("1", "TestA")
			if answer != nil {
				r.Answers = []http.HandlerFunc{answer}
				w, paused, _ := held(t, r, state)
				w.Observe(wasRed)
				notifytest.Take(t, paused)
				w.stop()
			}
			w := tell(t, r, state, historytest.Green("0"), wasRed)
			w.settle()
			w.observe(historytest.Red("2", "TestA"), historytest.Red("3", "TestB"))
			w.stop()
			require.Len(t, r.Texts(), 1)
			assert.Contains(t, r.Texts()[0], "runs/1|")

			w = tell(t, r, state, historytest.Green("0"), wasRed)
			w.observe(historytest.Red("4", "TestA"))
			assert.Len(t, r.Texts(), 1, "told before")
		})
	}
}

// A runner that is killed while a message is on its way does not know whether it
// arrived.
func TestKilledWhileItTells(t *testing.T) {
	t.Parallel()
	state := filepath.Join(t.TempDir(), "webhook.json")
	w := tell(t, notifytest.NewReceiver(t), state)
	w.begin(new(historytest.Red("1", "TestA")))

	r := notifytest.NewReceiver(t)
	w = tell(t, r, state, historytest.Green("0")) // the store lost the red run
	w.settle()
	assert.Empty(t, r.Texts(), "a state that has passed")
	w.observe(historytest.Green("2"), historytest.Green("3"))
	require.Len(t, r.Texts(), 1)
	assert.Contains(t, r.Texts()[0], "passes again")
}

func TestRestartWithADamagedFile(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", `{"red":fal`, `{"verdict":"purple"}`, `{"run":"1"}`} {
		r := notifytest.NewReceiver(t)
		state := filepath.Join(t.TempDir(), "webhook.json")
		require.NoError(t, os.WriteFile(state, []byte(text), 0o600))
		picked := historytest.Green("1a")
		picked.Pattern = "TestA"
		w := tell(t, r, state, historytest.Green("0"), historytest.Red("1", "TestA"), picked)
		w.observe(historytest.Red("2", "TestA"), historytest.Green("3"))
		require.Len(t, r.Texts(), 1)
		assert.Contains(t, r.Texts()[0], "passes again")
		assert.Contains(t, w.log.String(), "assuming the last stored run was already announced")
	}
}

func TestStateThatCannotBeKept(t *testing.T) {
	t.Parallel()
	r := notifytest.NewReceiver(t)
	w := tell(t, r, filepath.Join(t.TempDir(), "missing", "webhook.json"))
	w.observe(historytest.Red("1", "TestA"), historytest.Red("2", "TestA"), historytest.Green("3"))
	assert.Len(t, r.Texts(), 2)
	assert.Contains(t, w.log.String(), "cannot save notification state")
}
