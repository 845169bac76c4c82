package kubernetes

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/sync/semaphore"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// relists bounds how often a list that expired while it was read is begun anew.
const relists = 3

// An API server, or something in front of it, may claim without end that there
// is more, in all lists that are read at the same time.
const (
	// maxList bounds the memory of one list, in bytes: that of some thousand
	// pods.
	maxList = 64 << 20
	// largeList, in bytes, is the size from which lists are read one at a time,
	// or not at all after a list that did not end.
	largeList = 1 << 20
)

// large is held while a large list is read.
var large = semaphore.NewWeighted(1)

// List returns all objects, page by page. It begins anew if the list expires,
// as a list of thousands of changing objects may.
func (k *Client) List(ctx context.Context, resource schema.GroupVersionResource, namespace, selector string) (
	all []unstructured.Unstructured, err error,
) {
	for range relists {
		all, err = k.pages(ctx, resource, namespace, selector)
		if !apierrors.IsResourceExpired(err) && !apierrors.IsGone(err) {
			break
		}
	}
	return all, err
}

func (k *Client) pages(ctx context.Context, resource schema.GroupVersionResource, namespace, selector string) (
	[]unstructured.Unstructured, error,
) {
	var all []unstructured.Unstructured
	options := metav1.ListOptions{LabelSelector: selector, Limit: pageSize}
	size, alone := 0, false
	for {
		page, err := k.Resource(resource).Namespace(namespace).List(ctx, options)
		if err != nil {
			return nil, err
		}
		for _, o := range page.Items {
			size += memory(o.Object)
		}
		all = append(all, page.Items...)
		last := options.Continue
		switch options.Continue = page.GetContinue(); {
		case options.Continue == "":
			return all, nil
		case size > maxList, options.Continue == last, len(page.Items) == 0, size > largeList && k.endless.Load():
			k.endless.Store(true)
			return nil, fmt.Errorf("the list of %s does not end: %d objects, %d MiB, and the API server has more",
				resource.GroupResource(), len(all), size>>20)
		case size > largeList && !alone:
			if err := large.Acquire(ctx, 1); err != nil {
				return nil, context.Cause(ctx)
			}
			defer large.Release(1)
			alone = true
		}
	}
}

// memory estimates the bytes of a value decoded from JSON.
func memory(value any) int {
	const word = 16
	size := word
	switch v := value.(type) {
	case map[string]any:
		size += 3 * word
		for key, one := range v {
			size += 2*word + len(key) + memory(one)
		}
	case []any:
		for _, one := range v {
			size += memory(one)
		}
	case string:
		size += len(v)
	}
	return size
}

// All decodes all objects in a namespace.
func All[T any](ctx context.Context, k *Client, kind Kind[T], namespace string) (all []T, err error) {
	objects, err := k.List(ctx, kind.Resource, namespace, "")
	if err != nil {
		return nil, err
	}
	for _, o := range objects {
		into, failed := kind.Decode(&o)
		err = errors.Join(err, failed)
		all = append(all, into)
	}
	return all, err
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
