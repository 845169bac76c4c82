package tokens

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/lsst-sqre/muster/validation/environment"
	"github.com/lsst-sqre/muster/validation/kubernetes"
)

// read reads a secret, which what names, from where the environment says.
func (t *Factory) read(ctx context.Context, what string, from environment.Place) (text, where string, err error) {
	switch {
	case from.File != "":
		raw, err := os.ReadFile(from.File)
		if err != nil {
			return "", "", fmt.Errorf("cannot read the %s: %w", what, err)
		}
		return string(raw), "file " + from.File, nil
	case from.Variable != "":
		text := os.Getenv(from.Variable)
		if text == "" {
			return "", "", fmt.Errorf("the environment variable %s, which should hold the %s, is not set", from.Variable,
				what)
		}
		return text, "variable " + from.Variable, nil
	case from.Secret == nil:
		return "", "", errors.New("the environment does not say where the " + what + " is")
	}
	client, err := t.Kubernetes()
	if err != nil {
		return "", "", err
	}
	text, err = kubernetes.ReadSecret(ctx, client, *from.Secret)
	return text, fmt.Sprintf("Secret %s/%s", from.Secret.Namespace, from.Secret.Name), err
}
