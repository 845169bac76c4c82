package muster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/lsst-sqre/muster/muster/daemon"
	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

const (
	// discoveryLifetime is how long an answer of service discovery is used.
	discoveryLifetime = 5 * time.Minute
	// upstreamRequests is how many requests may ask Gafaelfawr at once. It bounds,
	// with answerLimit, the memory that Gafaelfawr's answers take.
	upstreamRequests = 16
	// answerLimit in bytes of one answer. A user with thousands of groups has 100 kB.
	answerLimit = 256 << 10
)

// upstream finds Gafaelfawr and asks it.
type upstream struct {
	cfg       Config
	transport http.RoundTripper
	now       func() time.Time

	mu     sync.Mutex
	client *gafaelfawr.Client
	found  time.Time // when discovery named the client's address; zero: configured
}

func newUpstream(cfg Config) (*upstream, error) {
	u := &upstream{cfg: cfg, transport: cfg.Transport, now: time.Now}
	if u.transport == nil {
		// It has no proxy because users' tokens would pass through it.
		t, err := daemon.NewTransport(cfg.CAFile, cfg.Timeout)
		if err != nil {
			return nil, err
		}
		t.MaxConnsPerHost, t.MaxIdleConnsPerHost = 2*upstreamRequests, upstreamRequests
		// HTTP/2 keeps megabytes for each answer that is not read yet.
		t.Protocols = new(http.Protocols)
		t.Protocols.SetHTTP1(true)
		u.transport = t
	}
	if cfg.GafaelfawrURL != "" {
		u.client = gafaelfawr.NewClient(cfg.GafaelfawrURL, u.options())
	}
	return u, nil
}

func (u *upstream) options() gafaelfawr.ClientOptions {
	return gafaelfawr.ClientOptions{
		Transport: u.transport, Timeout: u.cfg.Timeout, BodyLimit: answerLimit, UserAgent: "muster/" + u.cfg.Version}
}

// gafaelfawr is a client of the deployment's Gafaelfawr.
func (u *upstream) gafaelfawr(ctx context.Context) (*gafaelfawr.Client, error) {
	if client := u.cached(); client != nil {
		return client, nil
	}
	if u.cfg.RepertoireURL == "" {
		return nil, errors.New("the URL of Gafaelfawr is not configured: set MUSTER_GAFAELFAWR_URL or REPERTOIRE_BASE_URL")
	}
	apiURL, err := u.discover(ctx)
	if err != nil {
		return nil, fmt.Errorf("service discovery: %w", err)
	}
	client := gafaelfawr.NewClient(apiURL, u.options())
	u.mu.Lock()
	defer u.mu.Unlock()
	u.client, u.found = client, u.now()
	return client, nil
}

func (u *upstream) cached() *gafaelfawr.Client {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.client != nil && (u.found.IsZero() || u.now().Sub(u.found) < discoveryLifetime) {
		return u.client
	}
	return nil
}

// discover asks Repertoire for the URL of Gafaelfawr's API.
func (u *upstream) discover(ctx context.Context) (string, error) {
	address := strings.TrimRight(u.cfg.RepertoireURL, "/") + "/discovery"
	got, err := gafaelfawr.NewHTTPClient(u.options()).R().SetContext(ctx).
		SetHeader("Accept", "application/json").
		Get(address)
	if err != nil {
		return "", err
	}
	if got.StatusCode() != http.StatusOK {
		return "", fmt.Errorf("GET %s answered %d", address, got.StatusCode())
	}
	var answer struct {
		Services struct {
			Internal map[string]struct {
				Versions map[string]struct {
					URL string `json:"url"`
				} `json:"versions"`
			} `json:"internal"`
		} `json:"services"`
	}
	if err := json.Unmarshal(got.Body(), &answer); err != nil {
		return "", fmt.Errorf("GET %s did not answer the JSON expected: %w", address, err)
	}
	found := answer.Services.Internal["gafaelfawr"].Versions["v1"].URL
	if !isURL(found) {
		return "", fmt.Errorf("GET %s names no Gafaelfawr (services.internal.gafaelfawr.versions.v1.url)", address)
	}
	if !u.trusts(found) {
		return "", fmt.Errorf("GET %s names a Gafaelfawr on another host or without TLS, %s, and no token is sent there; "+
			"set MUSTER_GAFAELFAWR_URL if that is its address", address, found)
	}
	return found, nil
}

// trusts reports whether users' tokens may be sent to a URL that discovery
// names: only to discovery's own host or the deployment's, and without TLS only
// if discovery has none.
func (u *upstream) trusts(found string) bool {
	to, toErr := url.Parse(found)
	from, fromErr := url.Parse(u.cfg.RepertoireURL)
	if toErr != nil || fromErr != nil {
		return false
	}
	deployment := url.URL{Host: u.cfg.Host}
	ours := strings.EqualFold(to.Hostname(), from.Hostname()) || strings.EqualFold(to.Hostname(), deployment.Hostname())
	return ours && (to.Scheme == "https" || from.Scheme == "http")
}

// answers are Gafaelfawr's answers about one delegated token.
type answers struct {
	user     gafaelfawr.UserInfo
	userErr  error
	token    gafaelfawr.TokenInfo
	tokenErr error
}

// fetch sends both requests concurrently.
func (u *upstream) fetch(ctx context.Context, t gafaelfawr.Token) answers {
	ctx, cancel := context.WithTimeout(ctx, u.cfg.Timeout)
	defer cancel()
	client, err := u.gafaelfawr(ctx)
	if err != nil {
		err = u.explain(err)
		return answers{userErr: err, tokenErr: err}
	}
	var a answers
	var both sync.WaitGroup
	both.Go(func() { a.user, a.userErr = client.UserInfo(ctx, t) })
	both.Go(func() { a.token, a.tokenErr = client.TokenInfo(ctx, t) })
	both.Wait()
	a.userErr, a.tokenErr = u.explain(a.userErr), u.explain(a.tokenErr)
	return a
}

// explain makes an error fit for a report: one line, without secrets.
func (u *upstream) explain(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	timeout, ok := errors.AsType[net.Error](err)
	if ok && timeout.Timeout() { // context.DeadlineExceeded is one, too
		text = fmt.Sprintf("no answer within %s: %s", u.cfg.Timeout, text)
	}
	return errors.New(gafaelfawr.ExcerptLine(text, textLimit))
}
