package verdict

import (
	"bufio"
	"errors"
)

// Bounds on what is kept of a run that prints without end, in bytes.
const (
	// maxLine is of one line of the stream. test2json's are far shorter.
	maxLine = 1 << 20
	// testTranscript and packageTranscript are of what a test printed, and of what
	// was printed outside of all tests, where the run sums up: of the beginning,
	// and of the end.
	testTranscript    = 2 * maxOutput
	packageTranscript = 4 << 20
	// maxTranscripts is of all transcripts together; beyond it each keeps
	// leastTranscript.
	maxTranscripts  = 32 << 20
	leastTranscript = 4 << 10
	// maxTests of one package are kept apart, and maxAttributes of one test.
	maxTests      = 20000
	maxAttributes = 100
)

// otherTests is the name under which those beyond maxTests go.
const otherTests = "TestsBeyondCounting"

// budget is what transcripts have taken together.
type budget struct{ taken int }

// transcript keeps the beginning and the end of a text.
type transcript struct {
	budget     *budget
	limit      int
	head, tail []byte
	cut        bool
}

// WriteString adds to the text.
func (t *transcript) WriteString(text string) {
	limit := t.limit
	if t.budget.taken > maxTranscripts {
		limit = min(limit, leastTranscript)
	}
	before := len(t.head) + len(t.tail)
	if room := limit - len(t.head); room > 0 && len(t.tail) == 0 {
		n := min(room, len(text))
		t.head, text = append(t.head, text[:n]...), text[n:]
	}
	t.tail = append(t.tail, text...)
	if len(t.tail) > 2*limit {
		t.tail, t.cut = append([]byte(nil), t.tail[len(t.tail)-limit:]...), true
	}
	t.budget.taken += len(t.head) + len(t.tail) - before
}

// String is the text, with a mark where something was left out.
func (t *transcript) String() string {
	if t.cut {
		return string(t.head) + "\n[… left out …]\n" + string(t.tail)
	}
	return string(t.head) + string(t.tail)
}

// readLine reads to the next line end, and drops what a line has too much: it
// is no event then.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part[:min(len(part), max(0, maxLine-len(line)))]...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}
