package client

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

// tunnel connects to host:port through an HTTP proxy with CONNECT.
func tunnel(ctx context.Context, proxy *url.URL, hostPort string) (net.Conn, error) {
	address := proxy.Host
	if proxy.Port() == "" {
		address = net.JoinHostPort(proxy.Hostname(), map[string]string{"https": "443"}[proxy.Scheme])
		if proxy.Scheme != "https" {
			address = net.JoinHostPort(proxy.Hostname(), "80")
		}
	}
	d := net.Dialer{Timeout: dialTimeout}
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("the proxy of HTTPS_PROXY: %w", err)
	}
	if proxy.Scheme == "https" {
		conn = tls.Client(conn, &tls.Config{ServerName: proxy.Hostname(), MinVersion: tls.VersionTLS12})
	}
	if err := connect(conn, proxy, hostPort); err != nil {
		_ = conn.Close() // it leads nowhere
		return nil, fmt.Errorf("the proxy %s of HTTPS_PROXY: %w", proxy.Host, err)
	}
	return conn, nil
}

func connect(conn net.Conn, proxy *url.URL, hostPort string) error {
	if err := conn.SetDeadline(time.Now().Add(dialTimeout)); err != nil {
		return err
	}
	r := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: hostPort}, Host: hostPort, Header: http.Header{}}
	if user := proxy.User; user != nil {
		password, _ := user.Password()
		r.Header.Set("Proxy-Authorization",
			"Basic "+base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password)))
	}
	if err := r.Write(conn); err != nil {
		return err
	}
	answer, err := http.ReadResponse(bufio.NewReaderSize(conn, 16), r)
	if err != nil {
		return err
	}
	_ = answer.Body.Close() // what follows is the tunnel
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("it answers CONNECT %s with %s", hostPort, answer.Status)
	}
	return conn.SetDeadline(time.Time{})
}
