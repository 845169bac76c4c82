package kubernetes

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestUnsolved(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ solvers, name, want string }{
		{`[]`, "data.lsst.cloud", ""},
		{`[{"dns01":{}}]`, "*.data.lsst.cloud", ""},
		{`[{"http01":{}}]`, "data.lsst.cloud", ""},
		{`[{"http01":{}}]`, "*.data.lsst.cloud", "*.data.lsst.cloud"},
		{`[{"selector":{"dnsZones":["LSST.cloud"]}}]`, "data.lsst.cloud", ""},
		{`[{"selector":{"dnsZones":["lsst.cloud"]}}]`, "lsst.cloud", ""},
		{`[{"selector":{"dnsZones":["lsst.cloud"]}}]`, "*.lsst.cloud", ""},
		{`[{"selector":{"dnsZones":["lsst.cloud"]}}]`, "notlsst.cloud", "notlsst.cloud"},
		{`[{"selector":{"dnsNames":["lsst.cloud"]}}]`, "data.lsst.cloud", "data.lsst.cloud"},
		{`[{"selector":{"dnsNames":["lsst.cloud"]}},{"selector":{}}]`, "data.lsst.cloud", ""},
		{`[{"selector":{"matchLabels":{"a":"b"},"dnsZones":["lsst.cloud"]}}]`, "data.lsst.cloud", ""},
		{`[{"selector":{"matchLabels":{"a":"c"}}}]`, "data.lsst.cloud", "data.lsst.cloud"},
		{`[{"selector":{"matchLabels":{"a":"b"},"dnsZones":["lsst.codes"]}}]`, "data.lsst.cloud", "data.lsst.cloud"},
	} {
		var i Issuer
		require.NoError(t, json.Unmarshal([]byte(test.solvers), &i.Spec.ACME.Solvers))
		var c Certificate
		c.Spec.DNSNames, c.Meta.Labels = []string{test.name}, map[string]string{"a": "b"}
		got, found := i.Unsolved(c)
		assert.Equal(t, test.want, got, test)
		assert.Equal(t, test.want != "", found, test)
	}
}

// Words of real services, as cert-manager quotes them.
func TestDenials(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`failed to determine Route 53 hosted zone ID: api error SignatureDoesNotMatch: The request`: "SignatureDoesNotMatch",
		`oauth2: cannot fetch token: 400 Bad Request Response: {"error":"invalid_grant"}`:           "invalid_grant",
		`GoogleCloud API call failed: googleapi: Error 403: Forbidden, forbidden`:                   "Error 403",
		`while querying the Cloudflare API for GET "/zones": Error: 10000: Authentication error`:    "Authentication error",
		`AADSTS7000215: Invalid client secret provided`:                                             "AADSTS7000215",
		`DNS update failed: dns: bad authentication; server replied: NOTAUTH`:                       "NOTAUTH",
		`Waiting for DNS-01 challenge propagation: DNS record for "lsst.cloud" not yet propagated`:  "",
		`Waiting for DNS-01 challenge propagation: dial tcp 192.0.2.40:53: i/o timeout`:             "",
	} {
		assert.Equal(t, want, denial(text), text)
	}
}
