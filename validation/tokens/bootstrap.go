package tokens

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/lsst-sqre/muster/validation/kubernetes"
)

// bootstrapText reads the bootstrap token from where the environment says.
func (t *Factory) bootstrapText(ctx context.Context) (text, where string, err error) {
	b := t.Environment.Bootstrap
	switch {
	case b.File != "":
		raw, err := os.ReadFile(b.File)
		if err != nil {
			return "", "", fmt.Errorf("cannot read the bootstrap token: %w", err)
		}
		return string(raw), "file " + b.File, nil
	case b.Variable != "":
		text := os.Getenv(b.Variable)
		if text == "" {
			return "", "", fmt.Errorf("the environment variable %s, which should hold the bootstrap token, is not set",
				b.Variable)
		}
		return text, "variable " + b.Variable, nil
	case b.Secret == nil:
		return "", "", errors.New("the environment does not say where the bootstrap token is")
	}
	client, err := t.Kubernetes()
	if err != nil {
		return "", "", err
	}
	text, err = kubernetes.ReadSecret(ctx, client, *b.Secret)
	return text, fmt.Sprintf("Secret %s/%s", b.Secret.Namespace, b.Secret.Name), err
}
