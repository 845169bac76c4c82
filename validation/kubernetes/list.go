package kubernetes

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// maxObjects bounds a list: an API server, or what stands in front of it, may
// always say that there is more. No Phalanx has so many objects of a kind.
const maxObjects = 10_000

// List gives all objects, page by page.
func (k *Client) List(
	ctx context.Context, resource schema.GroupVersionResource, namespace, selector string,
) ([]unstructured.Unstructured, error) {
	var all []unstructured.Unstructured
	options := metav1.ListOptions{LabelSelector: selector, Limit: pageSize}
	for {
		page, err := k.Resource(resource).Namespace(namespace).List(ctx, options)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		last := options.Continue
		switch options.Continue = page.GetContinue(); {
		case options.Continue == "":
			return all, nil
		case len(all) > maxObjects, options.Continue == last, len(page.Items) == 0:
			return nil, fmt.Errorf("the list of %s does not end: %d objects, and the API server has more", resource.GroupResource(), len(all))
		}
	}
}

// First decodes the first page of the objects in a namespace.
func First[T any](ctx context.Context, k *Client, kind Kind[T], namespace string) (all []T, err error) {
	page, err := k.Resource(kind.Resource).Namespace(namespace).List(ctx, metav1.ListOptions{Limit: pageSize})
	if err != nil {
		return nil, err
	}
	for _, o := range page.Items {
		into, failed := kind.Decode(&o)
		err = errors.Join(err, failed)
		all = append(all, into)
	}
	return all, err
}

// UnknownKind tells a kind that the API server does not know from an object
// that is not there: the former has no answer of its own, just a page.
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
