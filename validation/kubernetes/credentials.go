package kubernetes

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"

	"k8s.io/client-go/rest"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/message"
)

// timed bounds each try of a request until its headers arrive.
type timed struct {
	next  http.RoundTripper
	limit time.Duration
}

// RoundTrip sends the request.
func (t timed) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(request.Context())
	timer := time.AfterFunc(t.limit, func() {
		cancel(fmt.Errorf("no answer within %s (kubernetes.timeout)", t.limit))
	})
	answer, err := t.next.RoundTrip(request.WithContext(ctx))
	timer.Stop()
	if err != nil {
		if why := context.Cause(ctx); why != nil && request.Context().Err() == nil {
			err = why
		}
		cancel(nil)
		return nil, err
	}
	answer.Body = closing{answer.Body, cancel}
	return answer, nil
}

// credentialsError names the remedy if this program does not support the
// kubeconfig's way to log in.
func credentialsError(config *rest.Config, err error) error {
	if config.AuthProvider == nil || !strings.Contains(err.Error(), "no Auth Provider found") {
		return err
	}
	return fmt.Errorf("the kubeconfig logs in with `auth-provider: %s`, which Kubernetes' clients have had no more "+
		"since 1.26: "+
		"use a plugin under `exec` (kubectl's documentation: client-go credential plugins; for oidc: kubelogin) or a "+
		"token", config.AuthProvider.Name)
}

// pluginTime bounds a credential plugin that is run for its message.
const pluginTime = 10 * time.Second

// PluginWords returns the last output of the kubeconfig's credential plugin if
// the error is its failure, and else "". client-go sends that output to the
// terminal.
func (k *Client) PluginWords(ctx context.Context, err error) string {
	if k.config == nil || k.config.ExecProvider == nil {
		return ""
	}
	p := k.config.ExecProvider
	if !strings.Contains(err.Error(), "getting credentials") {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, pluginTime)
	defer cancel()
	plugin := exec.CommandContext(ctx, p.Command, p.Args...) //nolint:gosec // client-go just ran the same
	plugin.Env = os.Environ()
	for _, v := range p.Env {
		plugin.Env = append(plugin.Env, v.Name+"="+v.Value)
	}
	var stderr bytes.Buffer
	plugin.Stderr = &stderr
	if failed := plugin.Run(); failed == nil || errors.Is(failed, exec.ErrNotFound) {
		return ""
	}
	lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
	return message.OneLine(gafaelfawr.Redact(lines[len(lines)-1]))
}

// closing is a body that ends its request when it is closed.
type closing struct {
	body
	cancel context.CancelCauseFunc
}

type body interface {
	Read(p []byte) (int, error)
	Close() error
}

// Close closes the body.
func (c closing) Close() error {
	defer c.cancel(nil)
	return c.body.Close()
}
