package kubernetes

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/message"
)

// Bounds of the description of one namespace.
const (
	describedEvents = 40       // warnings before others, the newest before older ones
	describedPods   = 10       // with logs
	describedLines  = 40       // of each container
	describedLog    = 16 << 10 // bytes of each container, the end
)

// Describe writes the events and pods of a namespace, and the last lines of
// their logs. If something cannot be read, it writes the error in its place.
func (k *Client) Describe(ctx context.Context, w io.Writer, namespace string) {
	k.describeEvents(ctx, w, namespace)
	k.describePods(ctx, w, namespace)
}

func (k *Client) describeEvents(ctx context.Context, w io.Writer, namespace string) {
	events, err := All(ctx, k, Events, namespace)
	if err != nil {
		fmt.Fprintf(w, "events: %v\n", err)
	}
	// Warnings come first, because the space is limited; of both kinds the newest
	// come first.
	slices.SortStableFunc(events, func(x, y Event) int {
		return cmp.Or(warning(x)-warning(y), x.Time().Compare(y.Time()))
	})
	for _, e := range slices.Backward(events[max(0, len(events)-describedEvents):]) {
		fmt.Fprintf(w, "%s %s %s %s %s: %s\n", e.Time().UTC().Format(time.RFC3339), e.Type, e.Reason,
			e.InvolvedObject.Kind, e.InvolvedObject.Name, message.OneLine(e.Message))
	}
}

func warning(e Event) int {
	if e.Type == "Normal" {
		return 0
	}
	return 1
}

func (k *Client) describePods(ctx context.Context, w io.Writer, namespace string) {
	pods, err := All(ctx, k, Pods, namespace)
	if err != nil {
		fmt.Fprintf(w, "pods: %v\n", err)
	}
	// Pods that do not work come first, because the space is limited.
	slices.SortStableFunc(pods, func(x, y Pod) int { return rank(x) - rank(y) })
	for i, p := range pods {
		fmt.Fprintf(w, "\n--- pod %s\n", p.Summary())
		if i < describedPods && k.Logs != nil {
			k.describeLogs(ctx, w, p)
		}
	}
}

// describeLogs writes the end of each container's log. For a container that
// restarts it writes the end of the previous run, which says why. For a
// completed init container it writes nothing.
func (k *Client) describeLogs(ctx context.Context, w io.Writer, p Pod) {
	for _, s := range p.Containers() {
		done := s.State.Terminated != nil && s.State.Terminated.ExitCode == 0
		if done && s.Init {
			continue
		}
		log := Log{Namespace: p.Namespace(), Pod: p.Meta.Name, Container: s.Name, Lines: describedLines}
		if s.LastTerminationState.Terminated != nil {
			log.Previous = true
			k.describeLog(ctx, w, log, "log of the former run of "+s.Name)
			log.Previous = false
		}
		k.describeLog(ctx, w, log, "log of "+s.Name)
	}
}

func (k *Client) describeLog(ctx context.Context, w io.Writer, log Log, title string) {
	text, err := k.Logs(ctx, log)
	if err != nil {
		text = err.Error() + "\n"
	}
	fmt.Fprintf(w, "%s:\n%s", title, gafaelfawr.ExcerptEnd(text, describedLog))
}

// rank sorts pods that do not work first and completed pods last.
func rank(p Pod) int {
	switch {
	case p.Status.Phase == "Succeeded":
		return 2
	case p.Ready():
		return 1
	}
	return 0
}
