package kubernetes

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// One valid certificate among those of a bundle is enough.
func TestBundle(t *testing.T) {
	t.Parallel()
	now := time.Now()
	public, key, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	made := func(from, until time.Duration) string {
		template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: now.Add(from), NotAfter: now.Add(until)}
		raw, err := x509.CreateCertificate(rand.Reader, template, template, public, key)
		require.NoError(t, err)
		return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}))
	}
	expired, valid, later := made(-2*time.Hour, -time.Hour), made(-time.Hour, time.Hour), made(time.Hour, 2*time.Hour)
	for bundle, says := range map[string]string{
		valid:                           "",
		expired + "\n\n" + valid:        "",
		"# authority\n" + valid + later: "",
		expired:                         "expired at",
		later:                           "not valid before",
		"ca.crt":                        "has no certificate",
		"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n": "has no certificate",
	} {
		trouble := bundleTrouble([]byte(bundle), now)
		assert.Equal(t, says == "", trouble.OK(), bundle)
		assert.Contains(t, trouble.Text, says)
	}
}
