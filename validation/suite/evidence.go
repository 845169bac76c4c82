package suite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/message"
)

// Bounds of what is gathered for one check that failed.
const (
	evidenceTime       = 15 * time.Second
	evidenceNamespaces = 5
	evidenceEvents     = 40       // of each namespace, the newest
	evidencePods       = 10       // of each namespace, with logs
	evidenceLines      = 40       // of each container
	evidenceLog        = 16 << 10 // bytes of each container, the end
	evidenceBytes      = 256 << 10
)

// evidence writes what Kubernetes knows of the namespaces that a failure
// concerns: events, pods, the last lines of their logs. It returns the file.
// Secrets are not asked for, and what looks like a token is replaced.
func (c *Check) evidence(folder string) (file string, err error) {
	client, err := c.run.kube()
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(c.run.ctx, evidenceTime)
	defer cancel()
	var b strings.Builder
	fmt.Fprintf(&b, "%s in environment %s, %s\n%s\n", c.t.Name(), c.run.env.Name, time.Now().UTC().Format(time.RFC3339), c.o.Says)
	for _, namespace := range c.namespaces[:min(len(c.namespaces), evidenceNamespaces)] {
		fmt.Fprintf(&b, "\n===== namespace %s\n", namespace)
		client.describeEvents(ctx, &b, namespace)
		client.describePods(ctx, &b, namespace)
	}
	text := gafaelfawr.Printable(gafaelfawr.Excerpt(b.String(), evidenceBytes))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	file = filepath.Join(folder, c.t.Name()+".txt")
	return file, os.WriteFile(file, []byte(text), 0o600)
}

// gather lists without a check: what cannot be had is said in its place.
func gather[T any](ctx context.Context, k *cluster, kind Kind[T], namespace string) (all []T, err error) {
	list, err := k.Resource(kind.Resource).Namespace(namespace).List(ctx, metav1.ListOptions{Limit: pageSize})
	if err != nil {
		return nil, err
	}
	for _, o := range list.Items {
		var into T
		err = errors.Join(err, runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, &into))
		all = append(all, into)
	}
	return all, err
}

func (k *cluster) describeEvents(ctx context.Context, b *strings.Builder, namespace string) {
	events, err := gather(ctx, k, Events, namespace)
	if err != nil {
		fmt.Fprintf(b, "events: %v\n", err)
	}
	slices.SortStableFunc(events, func(x, y Event) int { return x.Time().Compare(y.Time()) })
	for _, e := range events[max(0, len(events)-evidenceEvents):] {
		fmt.Fprintf(b, "%s %s %s %s %s: %s\n", e.Time().UTC().Format(time.RFC3339), e.Type, e.Reason, e.Involved.Kind, e.Involved.Name, message.OneLine(e.Message))
	}
}

func (k *cluster) describePods(ctx context.Context, b *strings.Builder, namespace string) {
	pods, err := gather(ctx, k, Pods, namespace)
	if err != nil {
		fmt.Fprintf(b, "pods: %v\n", err)
	}
	// What is not well comes first, for there is not room for all.
	slices.SortStableFunc(pods, func(x, y Pod) int { return number01(x.Ready()) - number01(y.Ready()) })
	for i, p := range pods {
		fmt.Fprintf(b, "\n--- pod %s\n", p.Summary())
		if i >= evidencePods || k.logs == nil {
			continue
		}
		for _, container := range p.Spec.Containers {
			text, err := k.logs(ctx, namespace, p.Meta.Name, container.Name, evidenceLines)
			if err != nil {
				text = err.Error() + "\n"
			}
			fmt.Fprintf(b, "log of %s:\n%s", container.Name, gafaelfawr.ExcerptEnd(text, evidenceLog))
		}
	}
}

func number01(b bool) int {
	if b {
		return 1
	}
	return 0
}
