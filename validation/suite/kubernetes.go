package suite

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic" // without typed clients: they take a minute to compile
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/client"
	"github.com/lsst-sqre/muster/validation/environment"
)

// cluster is a client for the API server of a deployment.
type cluster struct {
	dynamic.Interface
	// where is the server and the context, for people.
	where string
	// logs gives the last lines of a container's log; nil where there are none.
	logs func(ctx context.Context, namespace, pod, container string, lines int) (string, error)
}

// objectsLimit in bytes bounds one answer of the API server: a page of objects
// of which etcd keeps at most 1.5 MiB each, though they hardly ever are so large.
const objectsLimit = 16 << 20

// logLimit in bytes bounds what is read of a log.
const logLimit = 4 << 20

// kubernetesClient asks the context that the environment names or, inside a
// cluster, that cluster. It never guesses: a kubeconfig's current context may
// be another deployment.
func kubernetesClient(env *Environment) (*cluster, error) {
	config, err := kubernetesConfig(env)
	if err != nil {
		return nil, err
	}
	config.UserAgent = "muster"
	config.QPS, config.Burst = 50, 100
	config.Timeout = client.Timeout
	config.WarningHandler = rest.NoWarnings{}
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return gafaelfawr.SafeTransport(next, objectsLimit) })
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	web, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, err
	}
	k := &cluster{Interface: client, where: config.Host}
	if env.Kubernetes.Context != "" {
		k.where += " (context " + env.Kubernetes.Context + ")"
	}
	k.logs = func(ctx context.Context, namespace, pod, container string, lines int) (string, error) {
		base, _, err := rest.DefaultServerUrlFor(config)
		if err != nil {
			return "", err
		}
		at := base.JoinPath("api/v1/namespaces", namespace, "pods", pod, "log")
		at.RawQuery = url.Values{"container": {container}, "tailLines": {strconv.Itoa(lines)}}.Encode()
		return readLog(ctx, web, at.String())
	}
	return k, nil
}

// cutHere is the line that ends a log of which there is more.
const cutHere = "… cut here\n"

// readLog reads a log as text, which the dynamic client cannot. It is cut at
// the end of a line: of a token that is cut in two the halves are not found.
func readLog(ctx context.Context, web *http.Client, at string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return "", err
	}
	answer, err := web.Do(request)
	if err != nil {
		return "", err
	}
	defer func() { _ = answer.Body.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(answer.Body, logLimit+1))
	switch {
	case err != nil:
		return "", err
	case answer.StatusCode != http.StatusOK:
		return "", fmt.Errorf("no log: status %d", answer.StatusCode)
	case len(text) > logLimit:
		whole := 1 + bytes.LastIndexByte(text[:logLimit], '\n')
		return string(text[:whole]) + cutHere, nil
	}
	return string(text), nil
}

func kubernetesConfig(env *Environment) (*rest.Config, error) {
	k := env.Kubernetes
	if k.Context == "" {
		if config, err := rest.InClusterConfig(); err == nil {
			return config, nil
		}
		return nil, fmt.Errorf("environment %q names no Kubernetes context, and this is not inside a cluster: set kubernetes.context, or take the bootstrap token from a file or a variable", env.Name)
	}
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = k.Kubeconfig
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules,
		&clientcmd.ConfigOverrides{CurrentContext: k.Context}).ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("no access to Kubernetes with the context %q: %w", k.Context, err)
	}
	return config, nil
}

// readSecret reads one key of a Secret. Errors name the Secret and the remedy.
func readSecret(ctx context.Context, client dynamic.Interface, s environment.SecretKey) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	secrets := client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "secrets"})
	object, err := secrets.Namespace(s.Namespace).Get(ctx, s.Name, metav1.GetOptions{})
	where := fmt.Sprintf("Secret %s/%s", s.Namespace, s.Name)
	switch {
	case apierrors.IsNotFound(err):
		return "", fmt.Errorf("%s does not exist: is Gafaelfawr installed, and has vault-secrets-operator made it?", where)
	case apierrors.IsForbidden(err):
		return "", fmt.Errorf("no permission to get secrets in namespace %s, which %s needs: use another Kubernetes context, or take the bootstrap token from a file or a variable", s.Namespace, where)
	case err != nil:
		return "", fmt.Errorf("cannot read %s: %w", where, err)
	}
	encoded, found, err := unstructured.NestedString(object.Object, "data", s.Key)
	if err != nil || !found {
		return "", fmt.Errorf("%s has no key %q", where, s.Key)
	}
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return "", fmt.Errorf("%s, key %q: not base64", where, s.Key)
	}
	return string(raw), nil
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
			return "", "", fmt.Errorf("the environment variable %s, which should hold the bootstrap token, is not set", b.Variable)
		}
		return text, "variable " + b.Variable, nil
	case b.Secret == nil:
		return "", "", errors.New("the environment does not say where the bootstrap token is")
	}
	client, err := r.kube()
	if err != nil {
		return "", "", err
	}
	text, err = readSecret(ctx, client, *b.Secret)
	return text, fmt.Sprintf("Secret %s/%s", b.Secret.Namespace, b.Secret.Name), err
}
