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

// discoveryLifetime is how long an answer of service discovery is believed.
const discoveryLifetime = 5 * time.Minute

const (
	// discoveryLimit and answerLimit in bytes bound what is read of one answer of
	// discovery and of Gafaelfawr. A user with thousands of groups has 100 kB, and
	// Gafaelfawr's OpenAPI document, which tells its version, 70 kB.
	discoveryLimit = 1 << 20
	answerLimit    = 512 << 10
	// upstreamConnections bounds, with answerLimit, what Gafaelfawr can make the
	// server hold.
	upstreamConnections = 32
)

// upstream finds Gafaelfawr and asks it, within the time that one report has.
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
		t, err := newTransport(cfg)
		if err != nil {
			return nil, err
		}
		u.transport = t
	}
	if cfg.GafaelfawrURL != "" {
		u.client = u.clientOf(cfg.GafaelfawrURL)
	}
	return u, nil
}

// newTransport makes connections to Gafaelfawr without a proxy, because users'
// tokens would pass through it, and without HTTP/2, because that keeps megabytes
// for each answer that is not read yet.
func newTransport(cfg Config) (*http.Transport, error) {
	t, err := daemon.NewTransport(cfg.CAFile, cfg.Timeout)
	if err != nil {
		return nil, err
	}
	t.MaxConnsPerHost, t.MaxIdleConnsPerHost = upstreamConnections, upstreamConnections/2
	t.Protocols = new(http.Protocols)
	t.Protocols.SetHTTP1(true)
	return t, nil
}

func (u *upstream) clientOf(apiURL string) *gafaelfawr.Client {
	return gafaelfawr.NewClient(apiURL, u.options(answerLimit))
}

func (u *upstream) options(bodyLimit int) gafaelfawr.ClientOptions {
	return gafaelfawr.ClientOptions{Transport: u.transport, Timeout: u.cfg.Timeout, BodyLimit: bodyLimit, UserAgent: "muster/" + u.cfg.Version}
}

// gafaelfawr is a client of the deployment's Gafaelfawr.
func (u *upstream) gafaelfawr(ctx context.Context) (*gafaelfawr.Client, error) {
	if client := u.known(); client != nil {
		return client, nil
	}
	if u.cfg.RepertoireURL == "" {
		return nil, errors.New("nobody told where Gafaelfawr is: set MUSTER_GAFAELFAWR_URL or REPERTOIRE_BASE_URL")
	}
	apiURL, err := u.discover(ctx)
	if err != nil {
		return nil, err
	}
	client := u.clientOf(apiURL)
	u.mu.Lock()
	defer u.mu.Unlock()
	u.client, u.found = client, u.now()
	return client, nil
}

func (u *upstream) known() *gafaelfawr.Client {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.client != nil && (u.found.IsZero() || u.now().Sub(u.found) < discoveryLifetime) {
		return u.client
	}
	return nil
}

// discover asks Repertoire for the address of Gafaelfawr's API.
func (u *upstream) discover(ctx context.Context) (string, error) {
	address := strings.TrimRight(u.cfg.RepertoireURL, "/") + "/discovery"
	var answer struct {
		Services struct {
			Internal map[string]struct {
				Versions map[string]struct {
					URL string `json:"url"`
				} `json:"versions"`
			} `json:"internal"`
		} `json:"services"`
	}
	got, err := gafaelfawr.NewHTTPClient(u.options(discoveryLimit)).R().SetContext(ctx).
		SetHeader("Accept", "application/json").
		Get(address)
	if err != nil {
		return "", fmt.Errorf("service discovery: %w", err)
	}
	if got.StatusCode() != http.StatusOK {
		return "", fmt.Errorf("service discovery: GET %s answered %d", address, got.StatusCode())
	}
	if err := json.Unmarshal(got.Body(), &answer); err != nil {
		return "", fmt.Errorf("service discovery: GET %s did not answer the JSON expected: %w", address, err)
	}
	found := answer.Services.Internal["gafaelfawr"].Versions["v1"].URL
	if !isURL(found) {
		return "", fmt.Errorf("service discovery: GET %s names no Gafaelfawr (services.internal.gafaelfawr.versions.v1.url)", address)
	}
	if !u.trusts(found) {
		return "", fmt.Errorf("service discovery: GET %s names a Gafaelfawr on another host or without TLS, %s, and no token is sent there; "+
			"set MUSTER_GAFAELFAWR_URL if that is its address", address, found)
	}
	return found, nil
}

// trusts reports whether users' tokens may be sent to an address that discovery
// names: only to its own host or the deployment's, and not in the clear if
// discovery was not.
func (u *upstream) trusts(found string) bool {
	to, err := url.Parse(found)
	if err != nil {
		return false
	}
	from, err := url.Parse(u.cfg.RepertoireURL)
	if err != nil {
		return false
	}
	deployment := url.URL{Host: u.cfg.Host}
	ours := strings.EqualFold(to.Hostname(), from.Hostname()) || strings.EqualFold(to.Hostname(), deployment.Hostname())
	return ours && (to.Scheme == "https" || from.Scheme == "http")
}

// answers are what Gafaelfawr said of one delegated token.
type answers struct {
	user     gafaelfawr.UserInfo
	userErr  error
	token    gafaelfawr.TokenInfo
	tokenErr error
}

// ask puts both questions at once, within the timeout of a report.
func (u *upstream) ask(ctx context.Context, t gafaelfawr.Token) answers {
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

// userInfo asks the one question of the routes of Python Muster.
func (u *upstream) userInfo(ctx context.Context, t gafaelfawr.Token) (gafaelfawr.UserInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, u.cfg.Timeout)
	defer cancel()
	client, err := u.gafaelfawr(ctx)
	if err != nil {
		return gafaelfawr.UserInfo{}, u.explain(err)
	}
	info, err := client.UserInfo(ctx, t)
	return info, u.explain(err)
}

// explain puts an error into words for a report, and takes secrets out of it.
func (u *upstream) explain(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	timeout, ok := errors.AsType[net.Error](err)
	if errors.Is(err, context.DeadlineExceeded) || ok && timeout.Timeout() {
		text = fmt.Sprintf("no answer within %s: %s", u.cfg.Timeout, text)
	}
	return errors.New(gafaelfawr.Excerpt(oneLine(text), textLimit))
}

// version is that of the Gafaelfawr that answers.
func (u *upstream) version(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, u.cfg.Timeout)
	defer cancel()
	client, err := u.gafaelfawr(ctx)
	if err != nil {
		return "", u.explain(err)
	}
	version, err := client.Version(ctx)
	return version, u.explain(err)
}
