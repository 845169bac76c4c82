package runner

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/validation/runner/notify/notifytest"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// heard is a message in the chat.
type heard struct {
	red bool
	// lost says that its sender may not know that it arrived.
	lost bool
}

// chat is a receiver with a mode: "accept" or "refuse" messages, "cut" or "hold"
// the connection after a message, or "race": accept it while the sender is
// killed.
type chat struct {
	*httptest.Server
	mu   sync.Mutex
	mode string
	// heard are the accepted messages, tried all messages since the mode was set.
	heard, tried []heard
	open         map[net.Conn]bool
}

func newChat(t *testing.T) *chat {
	t.Helper()
	c := &chat{open: map[net.Conn]bool{}}
	c.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Method == http.MethodHead {
			return
		}
		var got struct{ Text string }
		if json.NewDecoder(req.Body).Decode(&got) != nil {
			return // the sender was killed meanwhile, and nobody sees half a message
		}
		red := strings.Contains(got.Text, "It fails.")
		assert.NotEqual(t, red, strings.Contains(got.Text, "passes again"), got.Text)
		switch mode := c.hear(red); mode {
		case "refuse":
			w.WriteHeader(http.StatusNotFound)
		case "cut":
			notifytest.Cut(w, req)
		case "hold":
			<-req.Context().Done()
		}
	}))
	c.Config.ConnState = func(conn net.Conn, state http.ConnState) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.open[conn] = true; state == http.StateClosed || state == http.StateHijacked {
			delete(c.open, conn)
		}
	}
	c.Start()
	t.Cleanup(c.Close)
	return c
}

// settle waits until the last messages of a killed sender have arrived.
// Connections are accepted in order, so none comes after one of our own.
func (c *chat) settle(t *testing.T) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodHead, c.URL, nil)
	require.NoError(t, err)
	answer, err := client.Do(req)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	until(t, "the sender's connections are closed", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return len(c.open) == 0
	})
}

func (c *chat) hear(red bool) (mode string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := heard{red: red, lost: c.mode != "accept"}
	c.tried = append(c.tried, h)
	if c.mode != "refuse" {
		c.heard = append(c.heard, h)
	}
	return c.mode
}

func (c *chat) set(mode string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mode, c.tried = mode, nil
}

// last reports whether the newest message since the mode was set has that colour.
func (c *chat) last(red bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.tried) > 0 && c.tried[len(c.tried)-1].red == red
}

// The runner is killed before, during and after a delivery. In the end the chat
// has the current state. A message is repeated only if its answer was lost.
func TestRunnerKilledWhileItTells(t *testing.T) {
	t.Parallel()
	c, store, broken := newChat(t), t.TempDir(), filepath.Join(t.TempDir(), "broken")
	hook := "MUSTER_RUNNER_WEBHOOK_FILE=" + notifytest.SecretFile(t, c.URL+notifytest.SecretPath)
	const red, green = verdict.Fail, verdict.Pass
	for _, step := range []struct{ truth, mode string }{
		{red, "refuse"}, {red, "hold"}, {green, "cut"}, {red, "accept"}, {green, "hold"}, {red, "accept"}, {green,
			"accept"},
		{red, "race"}, {green, "race"}, {red, "race"}, {red, "accept"}, {green, "refuse"}, {green, "accept"}, {red,
			"accept"},
	} {
		c.set(step.mode)
		if step.truth == red {
			require.NoError(t, os.WriteFile(broken, nil, 0o600))
		} else {
			require.NoError(t, os.RemoveAll(broken))
		}
		p := launch(t, store, theChild(t), "-child=broken:"+broken, hook, "MUSTER_INTERNAL_ADDRESS=127.0.0.1:0")
		require.Equal(t, step.truth, p.run("").Status)
		switch step.mode {
		case "accept":
			// Only the file may still have the state of an earlier process.
			until(t, "the runner knows that it told", func() bool {
				_, metrics := exchangeOnce(t.Context(), t, http.MethodGet, "http://"+p.internal+"/metrics", "")
				var known struct {
					Verdict string
					Unsure  bool
				}
				file, err := os.ReadFile(filepath.Join(store, "webhook.json"))
				return strings.Contains(metrics, "\nmuster_validation_webhook_undelivered 0\n") &&
					err == nil && json.Unmarshal(file, &known) == nil && known.Verdict == step.truth && !known.Unsure
			})
		case "refuse", "cut", "hold":
			until(t, "it tries to tell", func() bool { return c.last(step.truth == red) })
		}
		require.NoError(t, p.Process.Kill())
		_ = p.Wait() // it was killed
		c.settle(t)
		assert.NotContains(t, p.log.String(), "s3cr3t")
	}
	before := heard{}
	for i, h := range c.heard {
		assert.True(t, h.red != before.red || before.lost, "message %d of %v is no news", i, c.heard)
		before = h
	}
	assert.True(t, before.red, "the deployment is")
	assert.GreaterOrEqual(t, len(c.heard), 9, "no step but those of the race and the refusals goes without a message")
}
