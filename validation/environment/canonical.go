package environment

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

var errURL = errors.New("url must be like https://data.example.org")

// canonicalURL gives every spelling of a base URL one form: https, the host in
// lower case and without a final dot, no default port, no slash at the end. It
// rejects URLs that cannot be a deployment's. It never repeats the text of a
// URL with a user or a password.
func canonicalURL(text string) (*url.URL, error) {
	text = strings.TrimSpace(text)
	if strings.Contains(text, "@") {
		return nil, errors.New("url must not have a user name or a password, which @ ends")
	}
	base, err := url.Parse(text)
	if end := strings.IndexAny(text, "?#"); end >= 0 {
		return nil, fmt.Errorf("%w, not %q and more: no ? and no # belongs there", errURL, text[:end])
	}
	switch {
	case text == "":
		return nil, fmt.Errorf(`%w, not ""`, errURL)
	case err != nil || base.Opaque != "":
		return nil, fmt.Errorf("%w, not %q", errURL, text)
	case base.Scheme != "https":
		return nil, fmt.Errorf("%w, not %q: a deployment is asked over TLS", errURL, text)
	case strings.Trim(base.Path, "/") != "":
		return nil, fmt.Errorf("%w, not %q: no path belongs there (Muster's is muster.path)", errURL, text)
	}
	host, err := canonicalHost(base.Hostname())
	if err != nil {
		return nil, fmt.Errorf("%w, not %q: %w", errURL, text, err)
	}
	port, err := canonicalPort(base.Port())
	if err != nil {
		return nil, fmt.Errorf("%w, not %q: %w", errURL, text, err)
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port != "" && port != "443" {
		host += ":" + port
	}
	return &url.URL{Scheme: "https", Host: host}, nil
}

// canonicalHost returns a host name in the form of DNS, certificates and
// Ingresses.
func canonicalHost(host string) (string, error) {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Unmap().String(), nil
	}
	name, err := idna.Lookup.ToASCII(strings.TrimSuffix(host, "."))
	again, err2 := idna.Lookup.ToASCII(name)
	if err != nil || err2 != nil || again != name || slices.Contains(strings.Split(name, "."), "") {
		return "", errors.New("that is no host name")
	}
	return name, nil
}

func canonicalPort(port string) (string, error) {
	if port == "" {
		return "", nil
	}
	number, err := strconv.Atoi(port)
	if err != nil || number < 1 || number > 65535 {
		return "", errors.New("a port is a number from 1 to 65535")
	}
	return strconv.Itoa(number), nil
}

// canonicalPath returns a path that begins with a slash and does not end with
// one.
func canonicalPath(key, path string) (string, error) {
	if strings.ContainsAny(path, "?# \t\r\n") || strings.Contains(path, "://") {
		return "", fmt.Errorf("%s must be a path such as /muster, not %q", key, path)
	}
	path = "/" + strings.Trim(path, "/")
	if path == "/" {
		return "", fmt.Errorf("%s must be a path such as /muster, not the top of the host", key)
	}
	return path, nil
}

// address checks HOST:PORT. For a host alone, the error names the port.
func address(key, text, port string) error {
	if text == "" {
		return nil
	}
	host, number, err := net.SplitHostPort(text)
	if err != nil || host == "" {
		return fmt.Errorf("%s must be an address with its port, such as 192.0.2.10:%s, not %q", key, port, text)
	}
	if _, err := canonicalPort(number); err != nil || number == "" {
		return fmt.Errorf("%s must be an address with its port, such as 192.0.2.10:%s, not %q", key, port, text)
	}
	return nil
}
