package suite

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/kubernetes"
)

// BootstrapAccepted reports whether Gafaelfawr accepts the bootstrap token that a
// Secret holds. It is not known where this run takes the token from somewhere
// else, or has no answer of Gafaelfawr.
func (c *Check) BootstrapAccepted(s Secret) (accepted, known bool) {
	from := c.run.env.Bootstrap.Secret
	if from == nil || from.Namespace != s.Namespace() || from.Name != s.Meta.Name {
		return false, false
	}
	err := c.run.preconditions.tokens.verify(c.run.ctx)
	var api *gafaelfawr.APIError
	refused := errors.As(err, &api) && api.Status == http.StatusUnauthorized
	return err == nil, err == nil || refused
}

// bootstrapText reads the bootstrap token from where the environment says.
func (r *run) bootstrapText(ctx context.Context) (text, where string, err error) {
	b := r.env.Bootstrap
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
	client, err := r.kube()
	if err != nil {
		return "", "", err
	}
	text, err = kubernetes.ReadSecret(ctx, client, *b.Secret)
	return text, fmt.Sprintf("Secret %s/%s", b.Secret.Namespace, b.Secret.Name), err
}
