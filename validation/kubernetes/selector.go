package kubernetes

import (
	"fmt"

	"k8s.io/apimachinery/pkg/labels"
)

// ValidSelector rejects a label selector that no API server takes. The key is
// where the environment file has it.
func ValidSelector(key, selector string) error {
	if _, err := labels.Parse(selector); err != nil {
		return fmt.Errorf("%s must be a label selector, such as argocd.argoproj.io/instance=science-platform, not %q",
			key, selector)
	}
	return nil
}
