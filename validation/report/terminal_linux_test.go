package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// pseudoTerminal opens a pseudoterminal of that size. Output to the file is drawn
// on the picture.
func pseudoTerminal(t *testing.T, columns, rows uint16) (*os.File, *picture) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	require.NoError(t, err)
	control := func(request uintptr, argument unsafe.Pointer) {
		raw, err := master.SyscallConn()
		require.NoError(t, err)
		require.NoError(t, raw.Control(func(fd uintptr) {
			_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, fd, request, uintptr(argument))
			assert.Zero(t, errno)
		}))
	}
	var locked, number int32
	control(syscall.TIOCSPTLCK, unsafe.Pointer(&locked))
	control(syscall.TIOCGPTN, unsafe.Pointer(&number))
	control(syscall.TIOCSWINSZ, unsafe.Pointer(&[4]uint16{rows, columns}))
	slave, err := os.OpenFile("/dev/pts/"+strconv.Itoa(int(number)), os.O_RDWR|syscall.O_NOCTTY, 0)
	require.NoError(t, err)
	p := &picture{width: int(columns)}
	var reading sync.WaitGroup
	reading.Go(func() { _, _ = io.Copy(p, master) }) // an error is its end
	t.Cleanup(func() {
		_, _ = slave.Close(), master.Close()
		reading.Wait()
	})
	return slave, p
}

// picture is the text of a terminal with its scrollback. It understands the
// sequences of this program: lines, cursor up, erase below, and colours.
type picture struct {
	mu       sync.Mutex
	width    int
	rest     []byte
	lines    [][]rune
	row, col int
	colours  int
}

var control = regexp.MustCompile(`\A\x1b\[([0-9;]*)([A-Za-z])`)

func (p *picture) Write(data []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rest = append(p.rest, data...)
	for len(p.rest) > 0 {
		if p.rest[0] == 0x1b {
			m := control.FindSubmatch(p.rest)
			if m == nil {
				break // the rest of it is still to come
			}
			p.rest = p.rest[len(m[0]):]
			p.command(string(m[1]), m[2][0])
			continue
		}
		r, size := rune(p.rest[0]), 1
		if r >= 0x80 {
			all := []rune(string(p.rest[:min(4, len(p.rest))]))
			if r = all[0]; r == '\uFFFD' {
				break
			}
			size = len(string(r))
		}
		p.rest = p.rest[size:]
		p.put(r)
	}
	return len(data), nil
}

func (p *picture) command(argument string, letter byte) {
	switch letter {
	case 'A':
		n, err := strconv.Atoi(argument)
		if err != nil || n > p.row {
			panic(fmt.Sprintf("the cursor goes up %q rows from row %d", argument, p.row))
		}
		p.row -= n
	case 'J':
		p.line()
		p.lines = p.lines[:p.row+1]
		p.lines[p.row] = p.lines[p.row][:min(p.col, len(p.lines[p.row]))]
	case 'm':
		p.colours++
	default:
		panic("an unknown control sequence ends with " + string(letter))
	}
}

func (p *picture) line() {
	for len(p.lines) <= p.row {
		p.lines = append(p.lines, nil)
	}
}

func (p *picture) put(r rune) {
	switch r {
	case '\r':
		p.col = 0
	case '\n':
		p.row, p.col = p.row+1, 0
	default:
		if p.col == p.width {
			p.row, p.col = p.row+1, 0
		}
		p.line()
		p.lines[p.row] = append(p.lines[p.row][:min(p.col, len(p.lines[p.row]))], r)
		p.col++
	}
}

func (p *picture) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var b strings.Builder
	for _, line := range p.lines {
		b.WriteString(string(line) + "\n")
	}
	return b.String()
}

// until waits until the text is visible, even broken into rows.
func (p *picture) until(t *testing.T, text string) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
	seen := func() string { return strings.ReplaceAll(p.String(), "\n", "") }
	for !strings.Contains(seen(), text) {
		select {
		case <-tick.C:
		case <-deadline:
			require.Contains(t, seen(), text)
		}
	}
}

func withVariables(all map[string]string) func(string) string {
	return func(name string) string { return all[name] }
}

// atTerminal runs the program with -live on a pseudo terminal. feed hands it the events.
func atTerminal(
	t *testing.T,
	columns, rows uint16,
	variables map[string]string,
	feed func(events io.Writer, seen *picture),
) (*picture, int) {
	t.Helper()
	slave, seen := pseudoTerminal(t, columns, rows)
	reader, writer := io.Pipe()
	var stderr bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		ended <- run([]string{"-live", "-out", t.TempDir()}, console{reader, slave, &stderr, withVariables(variables)})
	}()
	feed(writer, seen)
	require.NoError(t, writer.Close())
	code := <-ended
	seen.until(t, "reports: ")
	assert.Empty(t, stderr.String())
	return seen, code
}

func TestTerminalShowsTheRun(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		variables map[string]string
		moves     bool
		colours   bool
	}{
		"colours":     {map[string]string{"TERM": "xterm"}, true, true},
		"NO_COLOR":    {map[string]string{"TERM": "xterm", "NO_COLOR": "1"}, true, false},
		"dumb":        {map[string]string{"TERM": "dumb"}, false, false},
		"none":        {nil, false, false},
		"CI's own":    {map[string]string{"TERM": "xterm", "CI": "true"}, false, false},
		"CI is false": {map[string]string{"TERM": "xterm", "CI": "false"}, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seen, code := atTerminal(t, 80, 24, c.variables, func(events io.Writer, seen *picture) {
				if c.moves {
					seen.until(t, "building the suite, ")
				}
				say(t, events, `{"Action":"start","Package":"p"}`, running("TestWaits"), action("pause", "TestWaits"),
					running("TestHangs"), running("TestWrong"), printed("TestWrong", `    actual:     status 500\n`),
					action("fail", "TestWrong"))
				seen.until(t, "FAIL TestWrong (")
				if c.moves {
					seen.until(t, "1 of 3, ")
					seen.until(t, "1 failed, 0 passed")
					seen.until(t, "1 at work: TestHangs (")
				}
				say(t, events, action("cont", "TestWaits"), action("pass", "TestWaits"), action("pass", "TestHangs"),
					`{"Action":"fail","Package":"p"}`)
			})
			text := seen.String()
			assert.Equal(t, verdict.ExitCode(verdict.Fail), code)
			assert.Contains(t, text, "    actual:     status 500\n")
			assert.Contains(t, text, "\nFAIL: 1 failed, 2 passed in ")
			assert.NotContains(t, text, " at work", "what moved is gone")
			assert.NotContains(t, text, "building")
			assert.Equal(t, !c.moves, strings.Contains(text, "PASS TestWaits"), "lines of a log")
			assert.Equal(t, c.colours, seen.colours > 0, text)
		})
	}
}

func TestNarrowTerminal(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]uint16{{1, 1}, {10, 3}, {30, 10}, {79, 5}} {
		seen, _ := atTerminal(t, size[0], size[1], map[string]string{"TERM": "vt100"}, func(events io.Writer, _ *picture) {
			for i := range 40 {
				say(t, events, running(fmt.Sprintf("TestOfAVeryLongName%d", i)))
			}
			for i := range 40 {
				say(t, events, action("fail", fmt.Sprintf("TestOfAVeryLongName%d", i)))
			}
		})
		assert.NotContains(t, strings.ReplaceAll(seen.String(), "\n", ""), "at work", "%v", size)
	}
}

// make and scripts/verify let the program draw on the terminal while the tests
// write to it, too.
func TestOthersMayWriteToTheTerminal(t *testing.T) {
	t.Parallel()
	seen, _ := atTerminal(t, 80, 24, map[string]string{"TERM": "xterm"}, func(events io.Writer, seen *picture) {
		say(t, events, `{"Action":"start","Package":"p"}`)
		seen.until(t, "") // the suite may draw now: nothing moves before its first check
		say(t, events, "go: words of its own", running("TestA"), action("pass", "TestA"), `{"Action":"pass","Package":"p"}`)
	})
	assert.Contains(t, seen.String(), "go: words of its own\n")
}
