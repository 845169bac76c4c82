package readiness

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// shows returns what progress writes for these lines, ten seconds apart.
func shows(terminal bool, lines ...string) string {
	var b bytes.Buffer
	clock := time.Now()
	p := &progress{w: &b, terminal: terminal, now: func() time.Time { return clock }, started: clock}
	for _, text := range lines {
		p.line(text)
		clock = clock.Add(10 * time.Second)
	}
	p.end()
	return b.String()
}

func TestProgressInALog(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "waiting 0s for one\nwaiting 20s for two\nwaiting 50s for two\n",
		shows(false, "one", "one", "two", "two", "two", "two"))
}

func TestProgressOnATerminal(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "\r\x1b[Kwaiting 0s for one\r\x1b[Kwaiting 10s for one\r\x1b[Kwaiting 20s for two\n",
		shows(true, "one", "one", "two"))
	long := shows(true, strings.Repeat("x", 200))
	assert.Len(t, []rune(strings.TrimSuffix(strings.TrimPrefix(long, "\r\x1b[K"), "\n")), terminalWidth)
	assert.Empty(t, shows(true))
}

// On a terminal the line was cut. At the end it is shown in full.
func TestProgressEndsInFull(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	p := newProgress(&b)
	p.terminal = true
	p.line(strings.Repeat("x", 200))
	p.last("that was all")
	p.end()
	assert.True(t, strings.HasSuffix(b.String(), "…\n"+strings.Repeat("x", 200)+"\nthat was all\n"), b.String())
}

// How the waiting ended fits a terminal. A log has it in one line.
func TestProgressEndFits(t *testing.T) {
	t.Parallel()
	for _, terminal := range []bool{true, false} {
		var b bytes.Buffer
		p := newProgress(&b)
		p.terminal = terminal
		p.last(strings.Repeat("word ", 40))
		assert.Equal(t, terminal, strings.Count(b.String(), "\n") > 1, b.String())
		for line := range strings.SplitSeq(b.String(), "\n") {
			assert.True(t, !terminal || len(line) < terminalWidth, line)
		}
	}
}

func TestProgressKnowsATerminal(t *testing.T) {
	t.Parallel()
	file, err := os.Create(filepath.Join(t.TempDir(), "log"))
	require.NoError(t, err)
	defer func() { _ = file.Close() }() // it holds nothing
	assert.False(t, newProgress(file).terminal)
	device, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	require.NoError(t, err)
	defer func() { _ = device.Close() }() // it holds nothing
	assert.True(t, newProgress(device).terminal, "a terminal is a character device")
}

// An Application's text neither ends the line nor moves the cursor.
func TestProgressIsPrintable(t *testing.T) {
	t.Parallel()
	const evil = "a\nb\r::error::x\x16=== NAME TestX\x1b[2J\u009b31m\u202ec"
	for _, terminal := range []bool{false, true} {
		text := strings.TrimPrefix(shows(terminal, evil), "\r\x1b[K")
		assert.Equal(t, 1, strings.Count(text, "\n"), "%q", text)
		assert.NotContains(t, strings.TrimSuffix(text, "\n"), "\n")
		assert.NotRegexp(t, `[\x00-\x09\x0b-\x1f\x7f-\x{9f}\x{202a}-\x{202e}]`, text)
	}
}
