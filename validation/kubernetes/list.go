package kubernetes

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// relists bounds how often a list that expired while it was read is begun anew.
const relists = 3

// An API server, or something in front of it, may claim without end that there
// is more, in all lists that are read at the same time.
const (
	// maxKept bounds all lists of a run, in bytes.
	maxKept = 40 << 20
	// maxList bounds a list whose length the API server announces, as for lists
	// without a selector: some thousand pods.
	maxList = 30 << 20
	// maxLoose bounds the other lists. Joining their pages takes as much memory
	// again.
	maxLoose = 12 << 20
	// largeList is the size from which lists are read one at a time, or not at
	// all after a list that did not end.
	largeList = 256 << 10
	// maxPages is enough for a list with the smallest possible pages.
	maxPages = 500
	// maxPassing bounds a list that is not kept.
	maxPassing = 4 << 20
)

// List reads all objects of a kind, page by page. It begins anew if the list
// expires, as a list of thousands of changing objects may. The result counts as
// kept as long as the run lasts.
func List[T any](ctx context.Context, k *Client, kind Kind[T], namespace, selector string) (Listed[T], error) {
	return list(ctx, k, kind, namespace, selector, maxList)
}

// All reads all objects in a namespace, without keeping them.
func All[T any](ctx context.Context, k *Client, kind Kind[T], namespace string) ([]T, error) {
	l, err := list(ctx, k, kind, namespace, "", maxPassing)
	k.kept.Add(-int64(l.size))
	return l.Items, errors.Join(err, l.Unreadable)
}

func list[T any](ctx context.Context, k *Client, kind Kind[T], namespace, selector string, most int) (
	l Listed[T], err error,
) {
	for range relists {
		if l, err = pages(ctx, k, kind, namespace, selector, most); err == nil {
			return l, nil
		}
		k.kept.Add(-int64(l.size))
		l = Listed[T]{}
		if !apierrors.IsResourceExpired(err) && !apierrors.IsGone(err) {
			break
		}
	}
	return l, err
}

// pages returns the memory of a list even if it could not be read.
func pages[T any](ctx context.Context, k *Client, kind Kind[T], namespace, selector string, most int) (
	l Listed[T], err error,
) {
	in, what := k.Resource(kind.Resource).Namespace(namespace), kind.Resource.GroupResource()
	options := metav1.ListOptions{LabelSelector: selector, Limit: pageSize}
	var mine turn
	defer mine.end()
	for read := 1; ; read++ {
		var page *unstructured.UnstructuredList
		err = mine.read(ctx, func(ctx context.Context) (err error) { page, err = in.List(ctx, options); return err })
		switch {
		case errors.Is(err, errHeavy) && options.Limit > 1:
			options.Limit = max(1, options.Limit/4)
			continue
		case err != nil:
			return l, err
		}
		last, before := options.Continue, l.size
		options.Continue = page.GetContinue()
		l.add(kind, page)
		kept := k.kept.Add(int64(l.size - before))
		switch {
		case options.Continue == "" && kept <= maxKept:
			l.join()
			return l, nil
		case l.size > most, l.loose && l.size > maxLoose, options.Continue == last, len(page.Items) == 0,
			read == maxPages, l.size > largeList && k.endless.Load():
			k.endless.Store(true)
			return l, fmt.Errorf("the list of %s does not end: %d objects, %d MiB, and the API server has more",
				what, l.objects, l.size>>20)
		case kept > maxKept:
			return l, fmt.Errorf("the list of %s is too large: all lists take more than %d MiB", what, maxKept>>20)
		case l.size > largeList:
			if err = mine.wait(ctx); err != nil {
				return l, err
			}
		}
	}
}

// RefusedByPolicy returns the message of an admission policy or a quota that
// refused a request which the role allows, or "".
func RefusedByPolicy(err error) string {
	if err == nil || !apierrors.IsForbidden(err) && !apierrors.IsInvalid(err) {
		return ""
	}
	text := err.Error()
	for _, word := range []string{"denied the request", "denied request", "admission webhook", "violates PodSecurity",
		"exceeded quota", "is forbidden: unable to create new content"} {
		if strings.Contains(text, word) {
			return text
		}
	}
	return ""
}

// UnknownKind reports whether the API server does not know the kind. It then
// answers with a plain page, unlike for a missing object.
func UnknownKind(err error) bool {
	var status apierrors.APIStatus
	if !errors.As(err, &status) || status.Status().Code != http.StatusNotFound {
		return false
	}
	details := status.Status().Details
	return details == nil || details.Name == "" || slices.ContainsFunc(details.Causes, func(c metav1.StatusCause) bool {
		return c.Type == metav1.CauseTypeUnexpectedServerResponse
	})
}
