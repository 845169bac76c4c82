package kubernetes

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/message"
)

// Bounds of what is described of one namespace.
const (
	describedEvents = 40       // the newest
	describedPods   = 10       // with logs
	describedLines  = 40       // of each container
	describedLog    = 16 << 10 // bytes of each container, the end
)

// Describe writes the events and the pods of a namespace, and the last lines of
// their logs. What cannot be read is an error in its place.
func (k *Client) Describe(ctx context.Context, w io.Writer, namespace string) {
	k.describeEvents(ctx, w, namespace)
	k.describePods(ctx, w, namespace)
}

func (k *Client) describeEvents(ctx context.Context, w io.Writer, namespace string) {
	events, err := First(ctx, k, Events, namespace)
	if err != nil {
		fmt.Fprintf(w, "events: %v\n", err)
	}
	slices.SortStableFunc(events, func(x, y Event) int { return x.Time().Compare(y.Time()) })
	for _, e := range events[max(0, len(events)-describedEvents):] {
		fmt.Fprintf(w, "%s %s %s %s %s: %s\n", e.Time().UTC().Format(time.RFC3339), e.Type, e.Reason,
			e.InvolvedObject.Kind, e.InvolvedObject.Name, message.OneLine(e.Message))
	}
}

func (k *Client) describePods(ctx context.Context, w io.Writer, namespace string) {
	pods, err := First(ctx, k, Pods, namespace)
	if err != nil {
		fmt.Fprintf(w, "pods: %v\n", err)
	}
	// What is not well comes first, for there is not room for all.
	slices.SortStableFunc(pods, func(x, y Pod) int { return rank(x) - rank(y) })
	for i, p := range pods {
		fmt.Fprintf(w, "\n--- pod %s\n", p.Summary())
		if i >= describedPods || k.Logs == nil {
			continue
		}
		for _, container := range p.Spec.Containers {
			text, err := k.Logs(ctx, namespace, p.Meta.Name, container.Name, describedLines)
			if err != nil {
				text = err.Error() + "\n"
			}
			fmt.Fprintf(w, "log of %s:\n%s", container.Name, gafaelfawr.ExcerptEnd(text, describedLog))
		}
	}
}

// rank sorts pods that are not ready first.
func rank(p Pod) int {
	if p.Ready() {
		return 1
	}
	return 0
}
