package answers

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/verdict"
)

// maxConcurrent bounds the requests that are sent at the same time: as many as
// one browser sends, not a load test.
const maxConcurrent = 8

// Concurrently sends n requests, several at a time. Each has a connection of
// its own, so that every balancer in between chooses anew. The answers are in
// the order of the requests; each has a status or an error.
func (s *Sender) Concurrently(n int, request func(i int) client.Request) []*Answer {
	s.ready()
	all := make([]*Answer, n)
	free := make(chan struct{}, maxConcurrent)
	var done sync.WaitGroup
	for i := range all {
		r := request(i)
		r.Fresh = true
		free <- struct{}{}
		done.Go(func() {
			defer func() { <-free }()
			all[i] = s.Send(r)
		})
	}
	done.Wait()
	return all
}

// AllHaveStatus verifies that all answers have the status. If only some have,
// the failure says how many. There is one finding for each other kind of
// answer.
func (s *Sender) AllHaveStatus(answers []*Answer, want int) bool {
	kinds, wrong := map[string]int{}, map[string]*Answer{}
	for _, a := range answers {
		a = a.unlimited()
		kind := a.kind()
		kinds[kind]++
		if wrong[kind] == nil && (a.Err != nil || a.Code != want) {
			wrong[kind] = a
		}
	}
	var parts []string
	for kind, n := range kinds {
		parts = append(parts, fmt.Sprintf("%d of %d %s", n, len(answers), kind))
	}
	slices.Sort(parts)
	actual := strings.Join(parts, ", ")
	code := verdict.CodeStatus
	if len(kinds) > 1 {
		actual, code = "not alike: "+actual, verdict.CodeMixed
	}
	for _, kind := range slices.Sorted(maps.Keys(wrong)) {
		a := wrong[kind]
		s.Expect(false, a, fmt.Sprintf("status %d from all %d", want, len(answers)), actual,
			verdict.Of(code, "got", strconv.Itoa(a.Code), "type", a.Header.Get("Content-Type"), "want", strconv.Itoa(want)))
	}
	return len(wrong) == 0
}

// unlimited returns the answer of a rate limit for connections if it came
// before this answer. If all requests are limited, nothing can be said about
// whether the deployment answers alike.
func (a *Answer) unlimited() *Answer {
	if a.Refused.Code == 0 || a.by.client.Patience.Kept() {
		return a
	}
	refused := *a
	refused.Code, refused.Header = a.Refused.Code, http.Header{"Content-Type": {a.Refused.Type}}
	return &refused
}

// kind returns what answers of one kind have in common.
func (a *Answer) kind() string {
	if a.Err != nil {
		return "no answer"
	}
	return fmt.Sprintf("status %d (%s)", a.Code, a.Header.Get("Content-Type"))
}
