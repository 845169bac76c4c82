package kubernetes

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utilnet "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/client-go/dynamic" // without typed clients: they take a minute to compile
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
	"github.com/lsst-sqre/muster/validation/environment"
)

// Client reads and writes objects through a deployment's API server.
type Client struct {
	dynamic.Interface
	// Where names the server and the context for people.
	Where string
	// Logs returns the last lines of a container's log; nil without logs.
	Logs Logs
	// version asks for the version of the API server; nil without one.
	version func(context.Context) string
	// config is the API server's; nil for the local deployment.
	config *rest.Config
	// endless is set after a list that did not end.
	endless atomic.Bool
	// kept is what lists take in bytes.
	kept atomic.Int64
}

// Logs returns the last lines of a container's log.
type Logs func(ctx context.Context, of Log) (string, error)

// Log names a container and how many of its last log lines are wanted.
type Log struct {
	Namespace, Pod, Container string
	Lines                     int
	// Previous selects the log of the container's previous run.
	Previous bool
}

// timeout bounds one request if the environment has no timeout for its API
// server.
const timeout = 20 * time.Second

func timeoutOf(env *environment.Environment) time.Duration {
	return cmp.Or(env.Kubernetes.Timeout, timeout)
}

// pageSize bounds one answer of the API server, because a cluster may have
// thousands of objects.
const pageSize = 200

// headLimit bounds the head of an answer, in bytes.
const headLimit = 64 << 10

// logLimit bounds the part of a log that is read, in bytes.
const logLimit = 4 << 20

// client-go prints each error that it returns, too. The suite reports errors
// itself, after it has made the deployment's words printable.
func init() { klog.SetLogger(logr.Discard()) }

// New returns a client for the environment's context or, inside a cluster, for
// that cluster. It never uses the kubeconfig's current context, which may be
// another deployment.
func New(env *environment.Environment) (*Client, error) {
	config, err := configOf(env)
	if err != nil {
		return nil, err
	}
	config.UserAgent = "muster"
	config.QPS, config.Burst = 50, 100
	// This bounds all tries together. The transport below bounds each try.
	config.Timeout = tries * timeoutOf(env)
	config.WarningHandler = rest.NoWarnings{}
	config.Wrap(func(next http.RoundTripper) http.RoundTripper {
		boundHeads(next)
		return retrying{weighing{gafaelfawr.SafeTransport(timed{next, timeoutOf(env)}, heaviest)}, firstPause}
	})
	web, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, credentialsError(config, err)
	}
	// Each request carries the account's token, one to another host as well.
	web.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	client, err := dynamic.NewForConfigAndClient(config, web)
	if err != nil {
		return nil, err
	}
	k := &Client{Interface: client, Where: config.Host, config: config}
	if env.Kubernetes.Context != "" {
		k.Where += " (context " + env.Kubernetes.Context + ")"
	}
	base, _, err := rest.DefaultServerUrlFor(config)
	if err != nil {
		return nil, err
	}
	k.Logs, k.version = podLogs(web, base), versionOf(web, base)
	return k, nil
}

// bounding is held while a transport is bounded, because client-go gives clients with
// equal settings the same one.
var bounding sync.Mutex

// boundHeads bounds the heads of the answers that a transport reads. client-go
// wraps net/http's transport, so that it can renew the authority.
func boundHeads(transport http.RoundTripper) {
	bounding.Lock()
	defer bounding.Unlock()
	for {
		switch of := transport.(type) {
		case utilnet.RoundTripperWrapper:
			transport = of.WrappedRoundTripper()
		case *http.Transport:
			if of.MaxResponseHeaderBytes != headLimit { // else another client may be using it
				of.MaxResponseHeaderBytes = headLimit
			}
			return
		default:
			return
		}
	}
}

// NewLocal returns a client for the objects of a local deployment. It requests
// logs through the transport as from an API server.
func NewLocal(objects dynamic.Interface, logs http.RoundTripper) *Client {
	base := &url.URL{Scheme: "http", Host: "kubernetes.default.svc"}
	web := &http.Client{Transport: logs}
	return &Client{Interface: objects, Where: "the local deployment", Logs: podLogs(web, base)}
}

// podLogs reads logs from the API server at base.
func podLogs(web *http.Client, base *url.URL) Logs {
	return func(ctx context.Context, of Log) (string, error) {
		at := base.JoinPath("api/v1/namespaces", of.Namespace, "pods", of.Pod, "log")
		query := url.Values{"container": {of.Container}, "tailLines": {strconv.Itoa(of.Lines)}}
		if of.Previous {
			query.Set("previous", "true")
		}
		at.RawQuery = query.Encode()
		var mine turn
		defer mine.end()
		var text string
		err := mine.read(ctx,
			func(ctx context.Context) (err error) { text, err = readLog(ctx, web, at.String()); return err })
		return text, err
	}
}

// Object reads one object.
func (k *Client) Object(ctx context.Context, resource schema.GroupVersionResource, namespace, name string) (
	o *unstructured.Unstructured, err error,
) {
	var mine turn
	defer mine.end()
	err = mine.read(ctx, func(ctx context.Context) (err error) {
		o, err = k.Resource(resource).Namespace(namespace).Get(ctx, name, metav1.GetOptions{})
		return err
	})
	return o, err
}

// cutHere ends a log that was cut.
const cutHere = "… cut here\n"

// readLog reads a log as text, which the dynamic client cannot. It cuts at the
// end of a line, because the halves of a token that is cut in two are not
// recognised.
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

func configOf(env *environment.Environment) (*rest.Config, error) {
	k := env.Kubernetes
	if k.Context == "" {
		if config, err := rest.InClusterConfig(); err == nil {
			return config, nil
		}
		return nil, fmt.Errorf("environment %q names no Kubernetes context, and this is not inside a cluster: "+
			"set kubernetes.context, or take the bootstrap token from a file or a variable", env.Name)
	}
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = k.Kubeconfig
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules,
		&clientcmd.ConfigOverrides{CurrentContext: k.Context}).ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("no access to Kubernetes with the context %q%s: %w", k.Context,
			otherContexts(rules, k.Context), err)
	}
	return config, nil
}

// otherContexts names the existing contexts if the wanted one does not exist.
func otherContexts(rules *clientcmd.ClientConfigLoadingRules, name string) string {
	config, err := rules.Load()
	if err != nil {
		return ""
	}
	if _, ok := config.Contexts[name]; ok {
		return ""
	}
	known := slices.Sorted(maps.Keys(config.Contexts))
	if len(known) == 0 {
		return " (the kubeconfig has no context at all)"
	}
	return environment.DidYouMean(name, known) + " (there are " + strings.Join(known[:min(len(known), 20)], ", ") + ")"
}

// ReadSecret reads one key of a Secret. Its errors name the Secret and the
// remedy.
func ReadSecret(ctx context.Context, client dynamic.Interface, s environment.SecretKey) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	object, err := client.Resource(Secrets.Resource).Namespace(s.Namespace).Get(ctx, s.Name, metav1.GetOptions{})
	where := fmt.Sprintf("Secret %s/%s", s.Namespace, s.Name)
	switch {
	case apierrors.IsNotFound(err):
		return "", fmt.Errorf("%s does not exist: is Gafaelfawr installed, and has vault-secrets-operator made it?", where)
	case apierrors.IsForbidden(err):
		return "", fmt.Errorf("no permission to get secrets in namespace %s, which %s needs: "+
			"use another Kubernetes context, or take the bootstrap token from a file or a variable", s.Namespace, where)
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
