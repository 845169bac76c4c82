package runner

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRestart(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	state := filepath.Join(t.TempDir(), "webhook.json")
	wasRed, wasGreen := red("1", "TestA"), green("2")
	w := tell(t, r, state)
	w.observe(wasRed)
	w.stop()

	w = tell(t, r, state, green("0"), wasRed)
	w.settle()
	w.observe(red("1a", "TestA"))
	w.stop()
	require.Len(t, r.texts(), 1, "told before")

	w = tell(t, r, state, wasRed, wasGreen) // the run ended, and the process before it told
	w.settle()
	w.stop()
	require.Len(t, r.texts(), 2)
	assert.Contains(t, r.texts()[1], "green again")

	w = tell(t, r, state, green("0"), wasRed) // a store that lost the later run
	w.settle()
	w.stop()
	require.Len(t, r.texts(), 2)

	w = tell(t, r, state)
	w.observe(green("3"))
	require.Len(t, r.texts(), 2)
}

// What the process before could not tell, the next one does, once.
func TestRestartTellsWhatWasNotTold(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{"before the first try": nil, "refused": status(404),
		"answer lost": cut} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newReceiver(t)
			state := filepath.Join(t.TempDir(), "webhook.json")
			wasRed := red("1", "TestA")
			if answer != nil {
				r.answers = []http.HandlerFunc{answer}
				w, paused, _ := held(t, r, state)
				w.Observe(wasRed)
				take(t, paused)
				w.stop()
			}
			w := tell(t, r, state, green("0"), wasRed)
			w.settle()
			w.observe(red("2", "TestA"), red("3", "TestB"))
			w.stop()
			require.Len(t, r.texts(), 1)
			assert.Contains(t, r.texts()[0], "runs/1|")

			w = tell(t, r, state, green("0"), wasRed)
			w.observe(red("4", "TestA"))
			assert.Len(t, r.texts(), 1, "told before")
		})
	}
}

// A runner that is killed while a message is on its way does not know whether it
// arrived.
func TestKilledWhileItTells(t *testing.T) {
	t.Parallel()
	state := filepath.Join(t.TempDir(), "webhook.json")
	w := tell(t, newReceiver(t), state)
	w.begin(new(red("1", "TestA")))

	r := newReceiver(t)
	w = tell(t, r, state, green("0")) // the store lost the red run
	w.settle()
	assert.Empty(t, r.texts(), "a state that has passed")
	w.observe(green("2"), green("3"))
	require.Len(t, r.texts(), 1)
	assert.Contains(t, r.texts()[0], "green again")
}

func TestRestartWithADamagedFile(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", `{"red":fal`, `{"verdict":"purple"}`, `{"run":"1"}`} {
		r := newReceiver(t)
		state := filepath.Join(t.TempDir(), "webhook.json")
		require.NoError(t, os.WriteFile(state, []byte(text), 0o600))
		picked := green("1a")
		picked.Pattern = "TestA"
		w := tell(t, r, state, green("0"), red("1", "TestA"), picked)
		w.observe(red("2", "TestA"), green("3"))
		require.Len(t, r.texts(), 1)
		assert.Contains(t, r.texts()[0], "green again")
		assert.Contains(t, w.log.String(), "assuming the last stored run was already announced")
	}
}

func TestStateThatCannotBeKept(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	w := tell(t, r, filepath.Join(t.TempDir(), "missing", "webhook.json"))
	w.observe(red("1", "TestA"), red("2", "TestA"), green("3"))
	assert.Len(t, r.texts(), 2)
	assert.Contains(t, w.log.String(), "cannot save notification state")
}
