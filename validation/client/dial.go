package client

import (
	"context"
	"net"
	"net/http"
	"net/url"

	"github.com/lsst-sqre/muster/validation/environment"
)

// dialer connects to the deployment of the environment.
type dialer struct{ env *environment.Environment }

// edge returns host:port of the deployment's TLS edge, by its public name.
func (d dialer) edge() string { return net.JoinHostPort(d.env.Host(), d.env.Port()) }

// address returns where to connect for a host:port: the environment's address,
// if it has one for the deployment's host. Other hosts keep their own address,
// so that a name under test is never taken for the deployment.
func (d dialer) address(hostPort string) string {
	host, port, err := net.SplitHostPort(hostPort)
	if err != nil || host != d.env.Host() {
		return hostPort
	}
	switch {
	case port == "80" && d.env.HTTPAddress != "":
		return d.env.HTTPAddress
	case port != "80" && d.env.Address != "":
		return d.env.Address
	}
	return hostPort
}

func (d dialer) dial(ctx context.Context, network, hostPort string) (net.Conn, error) {
	if proxy := d.proxyFor(hostPort); proxy != nil {
		return tunnel(ctx, proxy, hostPort)
	}
	direct := net.Dialer{Timeout: dialTimeout}
	return direct.DialContext(ctx, network, d.address(hostPort))
}

// proxyFor returns the proxy that HTTPS_PROXY and NO_PROXY name for the
// deployment, or nil. An address in the environment file takes precedence.
func (d dialer) proxyFor(hostPort string) *url.URL {
	if d.env.Local || d.env.Address != "" {
		return nil
	}
	proxy, err := http.ProxyFromEnvironment(&http.Request{URL: &url.URL{Scheme: "https", Host: hostPort}})
	if err != nil {
		return nil
	}
	return proxy
}
