package suite

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// abreast is how many requests are sent at the same time at most: several of one
// user's browser, and not a load test.
const abreast = 8

// Together sends n requests, each on a connection of its own so that every
// balancer in between chooses anew, several at a time. The answers are in the
// order of the requests; each has its status or its error.
func (c *Check) Together(n int, request func(i int) Request) []*Answer {
	c.pass(c.run.gates.trusted)
	all := make([]*Answer, n)
	free := make(chan struct{}, abreast)
	var done sync.WaitGroup
	for i := range all {
		r := request(i)
		r.Fresh = true
		free <- struct{}{}
		done.Go(func() {
			defer func() { <-free }()
			all[i] = c.send(r)
		})
	}
	done.Wait()
	return all
}

// mixed are the words for answers that should be alike and are not.
const mixed = "not alike"

// Alike verifies that all answers have that status. Where only some have, the
// failure says how many.
func (c *Check) Alike(answers []*Answer, want int) bool {
	kinds := map[string]int{}
	var wrong *Answer
	for _, a := range answers {
		kind := "no answer"
		if a.Err == nil {
			kind = fmt.Sprintf("status %d (%s)", a.Code, a.Header.Get("Content-Type"))
		}
		kinds[kind]++
		if wrong == nil && (a.Err != nil || a.Code != want) {
			wrong = a
		}
	}
	var parts []string
	for kind, n := range kinds {
		parts = append(parts, fmt.Sprintf("%d of %d %s", n, len(answers), kind))
	}
	slices.Sort(parts)
	actual := strings.Join(parts, ", ")
	if len(kinds) > 1 {
		actual = mixed + ": " + actual
	}
	return c.Expect(wrong == nil, wrong, fmt.Sprintf("status %d from all %d", want, len(answers)), actual)
}
