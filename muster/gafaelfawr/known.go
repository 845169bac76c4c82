package gafaelfawr

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
)

// gram is the number of consecutive characters of a known secret that Redact
// finds anywhere. A line of a dump of 16 bytes has as many of a secret that is
// cut in two.
const gram = 10

// hashes of all parts of gram length of the known secrets, forwards and
// backwards, find all secrets in a text at once. The secrets themselves are not
// kept.
type hashes struct {
	marks map[uint64]string
	// likely has a bit for the highest bits of each hash, so that few look-ups
	// reach the map.
	likely [1 << 10]uint64
}

var (
	known    atomic.Pointer[hashes]
	learning sync.Mutex

	// factor of the hash is random for each process; power removes the oldest
	// byte.
	factor, power = func() (f, p uint64) {
		var raw [8]byte
		_, _ = rand.Read(raw[:]) // never fails
		f, p = binary.LittleEndian.Uint64(raw[:])|1, 1
		for range gram {
			p *= f
		}
		return f, p
	}()
)

// Remember makes Redact find the secret of a token that the process itself
// makes, and any 10 characters of it, in any encoding.
func Remember(t Token) {
	if t.IsZero() {
		return
	}
	secret := []byte(t.Reveal()[len("gt-.")+partLength:])
	learning.Lock()
	defer learning.Unlock()
	next := &hashes{marks: map[uint64]string{}}
	if old := known.Load(); old != nil {
		next.marks, next.likely = maps.Clone(old.marks), old.likely
	}
	for range 2 {
		eachHash(secret, func(_ int, hash uint64) {
			next.marks[hash] = "<" + t.Fingerprint() + ">"
			next.likely[hash>>54] |= 1 << (hash >> 48 & 63)
		})
		slices.Reverse(secret)
	}
	known.Store(next)
}

func eachHash(text []byte, found func(end int, hash uint64)) {
	var hash uint64
	for i, b := range text {
		hash = hash*factor + uint64(b) + 1
		if i >= gram {
			hash -= power * (uint64(text[i-gram]) + 1)
		}
		if i >= gram-1 {
			found(i, hash)
		}
	}
}

// redactKnown replaces the known secrets of this process.
func redactKnown(text string) string {
	k := known.Load()
	if k == nil || len(text) < gram {
		return text
	}
	return replace(text, k.cuts(nil, viewOf(text), 2))
}

// cuts finds secrets in what a reader can make of the text. A decoded text may
// have been encoded before, depth times.
func (k *hashes) cuts(cuts []cut, v view, depth int) []cut {
	for times := 0; ; times++ {
		cuts = k.search(cuts, v)
		if depth > 0 {
			cuts = k.decoded(cuts, v, depth)
		}
		plain, ok := v.unescaped()
		if !ok || times == timesEscaped {
			return cuts
		}
		v = plain
	}
}

// decoded searches dumps, base64 and hex.
func (k *hashes) decoded(cuts []cut, v view, depth int) []cut {
	for _, base := range []int{10, 16} {
		cuts = k.search(cuts, v.dumped(base))
	}
	clean := v.withoutNoise()
	eachRun(string(clean.text), &inBase64, gram*4/3, func(start int, run string) {
		for _, plain := range decodings(clean, start, run) {
			if plain.holds() {
				cuts = k.cuts(cuts, plain, depth-1)
			}
		}
	})
	return cuts
}

// search finds secrets whose characters are all there, with any non-token
// characters between them.
func (k *hashes) search(cuts []cut, v view) []cut {
	count(len(v.text))
	var at [gram]int // where the last characters of a token stand
	var hash uint64
	seen := 0
	for i := 0; i < len(v.text); i++ {
		b := v.text[i]
		if !inSecret[b] {
			if n := noiseAt(v.text[i:]); n > 0 {
				i += n - 1
			}
			continue
		}
		oldest := &at[seen%gram]
		if hash = hash*factor + uint64(b) + 1; seen >= gram {
			hash -= power * (uint64(v.text[*oldest]) + 1)
		}
		*oldest = i
		if seen++; seen < gram || k.likely[hash>>54]&(1<<(hash>>48&63)) == 0 {
			continue
		}
		if mark, ok := k.marks[hash]; ok {
			cuts = append(cuts, v.cut(at[seen%gram], i, mark))
		}
	}
	return cuts
}

// decodings returns what a run of characters may decode to, wherever the
// encoding begins.
func decodings(v view, start int, run string) (all []view) {
	count(6 * len(run))
	standard := standardAlphabet.Replace(run)
	for from := range 4 {
		blocks := standard[min(from, len(standard)):]
		if len(blocks)%4 == 1 {
			blocks = blocks[:len(blocks)-1]
		}
		raw, _ := base64.RawStdEncoding.DecodeString(blocks) // each character is one of base64
		plain := roomFor(len(raw))
		for i, b := range raw {
			first := start + from + i/3*4 + i%3
			plain.add(b, v, first, first+1)
		}
		all = append(all, plain)
	}
	eachRun(run, &inHex, 2*gram, func(within int, digits string) {
		for from := range 2 {
			raw, _ := hex.DecodeString(digits[from:][:len(digits[from:])/2*2]) // each character is a digit
			plain := roomFor(len(raw))
			for i, b := range raw {
				first := start + within + from + 2*i
				plain.add(b, v, first, first+1)
			}
			all = append(all, plain)
		}
	})
	return all
}
