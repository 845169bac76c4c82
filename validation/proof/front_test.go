package proof

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/fixtures/phalanx"
	"github.com/lsst-sqre/muster/fixtures/phalanx/edge"
)

// behindFront returns an environment file whose address is a TLS proxy with its
// own authority. serve reports whether the proxy answered a request itself.
func behindFront(
	t *testing.T,
	serve func(http.ResponseWriter, *http.Request) bool,
) (*phalanx.Deployment, string) {
	t.Helper()
	certificate, authority := certificateFor(t, phalanx.DefaultHost)
	return behindFrontWith(t, certificate, authority, serve)
}

// behindFrontWith is behindFront with a certificate, of which authority is the root.
func behindFrontWith(t *testing.T, certificate tls.Certificate, authority []byte,
	serve func(http.ResponseWriter, *http.Request) bool,
) (*phalanx.Deployment, string) {
	t.Helper()
	d := deployment(t, phalanx.Defaults())
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(d.CA()))
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "https", Host: d.Address()})
	proxy.Transport = &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: phalanx.DefaultHost, MinVersion: tls.VersionTLS12},
	}
	proxy.ErrorLog = log.New(io.Discard, "", 0)
	front := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if serve == nil || !serve(w, r) {
			proxy.ServeHTTP(w, r)
		}
	}))
	front.Config.ErrorLog = log.New(io.Discard, "", 0)
	front.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	front.EnableHTTP2 = true
	front.StartTLS()
	t.Cleanup(func() { front.CloseClientConnections(); front.Close() })
	env := environment(t, d, "")
	replaceInFile(t, env, "address: "+d.Address(), "address: "+front.Listener.Addr().String())
	require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(env), "ca.pem"), authority, 0o600))
	return d, env
}

// certificateFor returns a self-signed certificate.
func certificateFor(t *testing.T, host string) (tls.Certificate, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(
			1,
		),
		Subject:               pkix.Name{CommonName: host},
		DNSNames:              []string{host},
		IsCA:                  true,
		BasicConstraintsValid: true,
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(90 * 24 * time.Hour),
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	return tls.Certificate{
			Certificate: [][]byte{raw},
			PrivateKey:  key,
		}, pem.EncodeToMemory(
			&pem.Block{Type: "CERTIFICATE", Bytes: raw},
		)
}

// An intermediate that has the name of the right one and another key, because it was
// renewed, is named. The authority is known.
func TestRenewedIntermediate(t *testing.T) {
	t.Parallel()
	now := time.Now()
	_, of, ca, err := edge.MakeChain(edge.Certificate{}, phalanx.DefaultHost, now)
	require.NoError(t, err)
	_, other, _, err := edge.MakeChain(edge.Certificate{}, phalanx.DefaultHost, now)
	require.NoError(t, err)
	of.Certificate[1] = other.Certificate[1]
	_, env := behindFrontWith(t, *of, ca, nil)
	o := runs(t, theSuite(t), "-env="+env, "-test.run=^TestCertificate")
	assert.ElementsMatch(t, []string{"TestCertificateTrusted", "TestCertificateChain"}, o.failed(), o.stdout)
	require.NotEmpty(t, o.run.Diagnoses)
	assert.Contains(t, o.run.Diagnoses[0].Text, "another intermediate than the one that issued it")
}

// After an answer that switches protocols nothing follows. No request of the
// suite waits for more, on any route.
func TestSwitchedProtocolsEnd(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{
		"a probe": "/muster/probes/authenticated", "the token API": "/auth/api/v1/token-info",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, env := behindFront(t, func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path != path || r.Method != http.MethodGet || r.ProtoMajor != 1 {
					return false
				}
				conn, buffered, err := http.NewResponseController(w).Hijack()
				assert.NoError(t, err)
				defer func() { _ = conn.Close() }() // the client ends it
				_, _ = buffered.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
				_ = buffered.Flush()
				_, _ = io.Copy(io.Discard, conn)
				return true
			})
			o := runs(t, theSuite(t), "-env="+env, "-test.timeout=90s") // which would end it with another exit code
			assert.Equal(t, 1, o.code, o.stdout+o.stderr)
			assert.Contains(t, o.stdout, "answered 101")
			assert.Empty(t, d.Tokens())
		})
	}
}
