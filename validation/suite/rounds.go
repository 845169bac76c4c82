package suite

import (
	"flag"
	"strconv"
	"strings"
	"sync"
)

// rounds counts how often each check has begun and how many have not ended.
// Package testing begins all checks of a round before the first one goes on, so
// a round is over when none is left.
type rounds struct {
	mu    sync.Mutex
	begun map[string]int
	open  int
	ended int
}

// of returns "" for the first round of a check, then -2 and so on when -count
// or -cpu repeats it.
func (r *rounds) of(test string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.begun == nil {
		r.begun = map[string]int{}
	}
	if r.begun[test]++; r.begun[test] > 1 {
		return "-" + strconv.Itoa(r.begun[test])
	}
	return ""
}

func (r *rounds) begin() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open++
}

// outstanding returns how many checks of the round have not ended.
func (r *rounds) outstanding() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.open
}

// end reports whether the last check of the last round has ended.
func (r *rounds) end() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.open--; r.open > 0 {
		return false
	}
	r.ended++
	return r.ended >= wantedRounds()
}

// wantedRounds returns how often package testing runs the checks.
func wantedRounds() int {
	count, err := strconv.Atoi(flag.Lookup("test.count").Value.String())
	if err != nil {
		return 1
	}
	return count * (1 + strings.Count(flag.Lookup("test.cpu").Value.String(), ","))
}
