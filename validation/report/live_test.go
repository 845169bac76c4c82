package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/validation/verdict"
)

// say writes one line for each event.
func say(t *testing.T, w io.Writer, events ...string) {
	t.Helper()
	_, err := io.WriteString(w, strings.Join(events, "\n")+"\n")
	require.NoError(t, err)
}

func action(what, test string) string {
	return fmt.Sprintf(`{"Action":%q,"Package":"p","Test":%q,"Elapsed":0.25}`, what, test)
}

func running(test string) string { return action("run", test) }

func printed(test, output string) string {
	return fmt.Sprintf(`{"Action":"output","Package":"p","Test":%q,"Output":"%s"}`, test, output)
}

// A log has a line for each check, what a failure printed, and no control
// character.
func TestLogHasALineForEachCheck(t *testing.T) {
	t.Parallel()
	var stdout bytes.Buffer
	dir := t.TempDir()
	code := run([]string{"-live", "-out", dir},
		console{strings.NewReader(events(t, "outcomes") + "DONE 6 tests\n"), &stdout, io.Discard, nothing})
	assert.Equal(t, verdict.ExitCode(verdict.Incomplete), code)
	for _, line := range []string{
		"PASS TestMet (",
		"FAIL TestFails [security] (",
		"    obligation: a text that is read by people only\n    actual:     something else\nKNOWN WEAKNESS",
		"KNOWN WEAKNESS TestAdvises: Cookies stay out. Not so in 15.4.1.",
		`SKIPPED TestSkipped: environment "local" does not declare the feature quota`,
		"NOT RUN TestBlocked: the Secret gafaelfawr is missing",
		"DONE 6 tests",
		"", "INCOMPLETE of local: 1 failed, 1 not run, 1 known weakness, 2 skipped, 1 passed in ",
		"  CAUSE The Secret was deleted.\n  CAUSE And another.",
		"  FAIL TestFails [security]: status 500 and",
		"  NOT RUN (1 check): the Secret gafaelfawr is missing",
		"  Run one of them again: go test ./validation -env=local -run '^TestFails$'",
		"reports: " + dir,
	} {
		assert.Contains(t, "\n"+stdout.String(), "\n"+line)
	}
	assert.NotContains(t, stdout.String(), "\x1b")
	assert.NotContains(t, stdout.String(), "\r")
}

// If nothing could run, the log shows the reason.
func TestLogShowsTheCompilersWords(t *testing.T) {
	t.Parallel()
	var stdout bytes.Buffer
	run([]string{"-live", "-out", t.TempDir()},
		console{strings.NewReader(events(t, "nobuild")), &stdout, io.Discard, nothing})
	assert.Equal(t, 1, strings.Count(stdout.String(), "undefined: undefinedName"), stdout.String())
	assert.Contains(t, stdout.String(), "PROBLEM the tests do not build: ")
}

func TestFailureOfSubtestIsShownWhole(t *testing.T) {
	t.Parallel()
	var stdout bytes.Buffer
	run([]string{"-live", "-out", t.TempDir()},
		console{strings.NewReader(events(t, "parallel")), &stdout, io.Discard, nothing})
	assert.Regexp(t, `FAIL TestFamily \(\d+ ms\)\n  TestFamily/two\n    .*two starts\n    .*only two is wrong\n`,
		stdout.String())
}

// After some silence the log shows which checks are running. It shows once that
// the run was interrupted.
func TestSilenceIsBroken(t *testing.T) {
	t.Parallel()
	reader, writer := io.Pipe()
	out := &notify{said: make(chan string, 10)}
	var clock atomic.Int64 // in seconds
	ticks, signals := make(chan time.Time), make(chan os.Signal)
	l := newLive(out, nil, false, func() time.Time { return time.Unix(clock.Load(), 0) })
	ended := make(chan error, 1)
	go func() {
		_, err := l.follow(reader, ticks, signals)
		ended <- err
	}()
	say(t, writer, `{"Action":"start","Package":"p"}`, running("TestHangs"), action("skip", "TestNot"),
		action("pause", "TestNot"))
	assert.Empty(t, <-out.said)
	assert.Equal(t, "SKIPPED TestNot: no reason was given\n", <-out.said)
	say(t, writer, "{}") // is read after the previous event was handled
	assert.Equal(t, "{}\n", <-out.said)
	clock.Add(29)
	ticks <- time.Time{}
	ticks <- time.Time{} // the first one was handled silently
	clock.Add(6)
	ticks <- time.Time{}
	assert.Equal(t, "still at work after 35.0 s, 1 at work: TestHangs (35.0 s)\n", <-out.said)
	signals <- os.Interrupt
	signals <- os.Interrupt
	assert.Equal(t, "Interrupted: the checks end and clean up, then the reports are written.\n", <-out.said)
	say(t, writer, printed("TestHangs", `muster: revoking takes a while\n`),
		printed("TestHangs", `    muster: a check says so\n`))
	assert.Equal(t, "muster: revoking takes a while\n", <-out.said)
	require.NoError(t, writer.Close())
	require.NoError(t, <-ended)
	assert.Empty(t, out.said)
}

// notify is a writer that passes on each text.
type notify struct{ said chan string }

func (n *notify) Write(text []byte) (int, error) {
	n.said <- string(text)
	return len(text), nil
}

// In a narrower window old lines take more rows.
func TestScreenGrowsNarrower(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	width := 40
	s := &screen{out: &out, size: func() (int, int) { return width, 24 }}
	s.show("stays\n", []string{strings.Repeat("a", 37), red + "bb" + plainly})
	assert.Equal(t, "stays\n"+strings.Repeat("a", 37)+"\n"+red+"bb"+plainly, out.String())
	out.Reset()
	s.show("", []string{"c"})
	assert.Equal(t, "\x1b[1A\r\x1b[Jc", out.String())
	s.show("", []string{strings.Repeat("a", 37), "b"})
	out.Reset()
	width = 10
	s.show("", nil)
	assert.Equal(t, "\x1b[4A\r\x1b[J", out.String())
	out.Reset()
	s.show("end\n", nil)
	assert.Equal(t, "end\n", out.String())
}

// The summary of every run fits on the screen.
func TestSummaryFitsTheScreen(t *testing.T) {
	t.Parallel()
	r := exampleReport()
	for i := range 300 {
		r.Checks = append(
			r.Checks,
			&verdict.Check{Name: fmt.Sprintf("Test%d", i), Outcome: verdict.OutcomeFail, Message: strings.Repeat("word ", 100)},
		)
		r.Diagnoses = append(r.Diagnoses, verdict.Diagnosis{Text: strings.Repeat("word ", 100)})
	}
	for _, size := range [][2]int{{80, 24}, {40, 12}, {200, 60}} {
		text := lastScreen(r, nil, &screen{size: func() (int, int) { return size[0], size[1] }}, false)
		rows := 2 // the place of the reports, and a prompt
		for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
			rows += 1 + (len([]rune(line))-1)/size[0]
		}
		assert.LessOrEqual(t, rows, size[1], text)
		assert.Contains(t, text, "INCOMPLETE of idfdev")
		assert.Contains(t, text, "more lines: see report.html")
		assert.Contains(t, text, "Run one of them again")
	}
	assert.Less(t, strings.Count(lastScreen(r, nil, nil, false), "\n"), 60, "nor does it flood a log")
}
