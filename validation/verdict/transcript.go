package verdict

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"strings"
)

// Bounds, in bytes, for a run that prints without end.
const (
	// maxLine bounds one line of the stream. Those of test2json are far shorter.
	maxLine = 1 << 20
	// testTranscript bounds the output of a test, and packageTranscript the
	// output outside of all tests, where the run sums up. Both keep the beginning
	// and the end.
	testTranscript    = 2 * maxOutput
	packageTranscript = 4 << 20
	// maxTranscripts bounds all transcripts together. Beyond it, each keeps
	// leastTranscript.
	maxTranscripts  = 32 << 20
	leastTranscript = 4 << 10
	// maxTests bounds the tests of one package that are kept apart, and
	// maxAttributes the attributes of one test.
	maxTests      = 20000
	maxAttributes = 100
)

// otherTests is the common name of tests beyond maxTests.
const otherTests = "TestsBeyondCounting"

// budget counts what transcripts have taken together.
type budget struct{ taken int }

// leftOut is a line that marks an omission.
const leftOut = "[… left out …]"

// transcript keeps the beginning and the end of a text in whole lines, because
// the rest of a token that was cut would not be recognised and would be
// published. A line that does not fit is left out as a whole.
type transcript struct {
	budget     *budget
	limit      int
	head, tail []byte
	// full says that head takes no more, cut that something was left out before
	// the tail, and skipping that the current line is left out.
	full, cut, skipping bool
}

// WriteString appends to the text.
func (t *transcript) WriteString(text string) {
	if t.skipping {
		var ended bool
		_, text, ended = strings.Cut(text, "\n")
		t.skipping = !ended
	}
	limit := t.limit
	if t.budget.taken > maxTranscripts {
		limit = min(limit, leastTranscript)
	}
	before := len(t.head) + len(t.tail)
	t.tail = append(t.tail, text...)
	if !t.full && strings.Contains(text, "\n") {
		t.fillHead(limit - len(t.head))
	}
	if len(t.tail) > 2*limit {
		t.cutTail(limit)
	}
	t.budget.taken += len(t.head) + len(t.tail) - before
}

// fillHead moves lines from the tail to the head if there is room.
func (t *transcript) fillHead(room int) {
	t.full = len(t.tail) > room
	n := 1 + bytes.LastIndexByte(t.tail[:min(len(t.tail), max(0, room))], '\n')
	t.head, t.tail = append(t.head, t.tail[:n]...), append(t.tail[:0], t.tail[n:]...)
}

// cutTail keeps the lines that begin in the last bytes.
func (t *transcript) cutTail(limit int) {
	t.full, t.cut = true, true
	lines := t.tail[len(t.tail)-limit-1:]
	n := 1 + bytes.IndexByte(lines, '\n')
	if t.skipping = n == 0; t.skipping {
		n = len(lines)
	}
	t.tail = append([]byte(nil), lines[n:]...)
}

// endLine ends a line that was begun.
func (t *transcript) endLine() {
	if t.skipping || len(t.tail) > 0 && t.tail[len(t.tail)-1] != '\n' {
		t.WriteString("\n")
	}
}

// String returns the text, with a mark at an omission.
func (t *transcript) String() string {
	if t.cut {
		return string(t.head) + leftOut + "\n" + string(t.tail)
	}
	return string(t.head) + string(t.tail)
}

// BothEnds is a writer that keeps the beginning and the end of what a process
// prints.
type BothEnds struct{ transcript transcript }

// NewBothEnds keeps up to limit bytes of the beginning, and twice as many of the
// end.
func NewBothEnds(limit int) *BothEnds {
	return &BothEnds{transcript{budget: new(budget), limit: limit}}
}

// Write implements io.Writer.
func (b *BothEnds) Write(text []byte) (int, error) {
	b.transcript.WriteString(string(text))
	return len(text), nil
}

// String returns what was printed, without secrets.
func (b *BothEnds) String() string {
	return strings.TrimSpace(clean(b.transcript.String()))
}

// readLine reads to the next line end. It leaves out a line that is too long,
// as a transcript does. It also leaves out a line that an error cuts off,
// unless it is an event, because the last line end may be missing.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	length := 0
	for {
		part, err := r.ReadSlice('\n')
		length += len(part)
		if length <= maxLine {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case length > maxLine, err != nil && len(bytes.TrimSpace(line)) > 0 && !json.Valid(line):
			line = []byte(leftOut)
		}
		return line, err
	}
}
