package suite

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/message"
)

// plan lists which checks would run. A check enters itself and ends before its
// first request.
type plan struct {
	mu     sync.Mutex
	run    []string
	absent map[string][]string // by what would make them run
}

// add enters a check that would run, or what would make it run.
func (p *plan) add(check, remedy string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if remedy == "" {
		p.run = append(p.run, check)
		return
	}
	p.absent[remedy] = append(p.absent[remedy], check)
}

// String lists the checks as comments of the environment file. The number of
// checks comes last, where a terminal shows it.
func (p *plan) String() string {
	var text strings.Builder
	all := len(p.run)
	for _, names := range p.absent {
		all += len(names)
	}
	slices.Sort(p.run)
	_, _ = fmt.Fprintf(&text, "\n# These checks would run:\n%s", wrapped(p.run))
	remedies := slices.SortedFunc(maps.Keys(p.absent), func(a, b string) int {
		return cmp.Or(len(p.absent[b])-len(p.absent[a]), cmp.Compare(a, b))
	})
	for _, remedy := range remedies {
		names := p.absent[remedy]
		slices.Sort(names)
		_, _ = fmt.Fprintf(&text, "#\n%s%s",
			comment("# ", fmt.Sprintf("%d more would run %s", len(names), remedy)), wrapped(names))
	}
	_, _ = fmt.Fprintf(&text, "#\n# %d of %d checks would run.\n# To run them, leave out -explain.\n", len(p.run), all)
	return text.String()
}

// wrapped returns the names as comments.
func wrapped(names []string) string { return comment("#   ", strings.Join(names, ", ")) }

// comment folds a text into comments of the environment file. The width does
// not depend on the terminal, because people keep the file.
func comment(margin, text string) string {
	return strings.Join(message.Fold(environment.Columns, margin, "#   ", text), "\n") + "\n"
}
