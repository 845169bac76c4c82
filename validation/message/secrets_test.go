package message

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestWithoutOtherSecrets(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"connecting to postgresql://user:pa55word@db.example/tap?x=1": "connecting to " +
			"postgresql://<hidden>@db.example/tap?x=1",
		"dsn https://0123456789abcdef@o1.ingest.sentry.io/7": "dsn " +
			"https://<hidden>@o1.ingest.sentry.io/7",
		"post https://hooks.slack.com/services/T0/B0/abc failed":                  "post <hidden> failed",
		"Authorization: Bearer eyJhbGciOiJIUzI1.eyJzdWIiOiIx.c2ln x":              "Authorization: Bearer <hidden> x",
		"got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl":                   "got <hidden>",
		"Authorization: Basic dXNlcjpwYXNz":                                       "Authorization: Basic <hidden>",
		`{"authorization": "Digest abc"}`:                                         `{"authorization": "Digest <hidden>"}`,
		"bearer abcdefghijklmnop1234":                                             "bearer <hidden>",
		"x -----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY----- y": "x <hidden> y",
		"x -----BEGIN PRIVATE KEY-----\nabc that is cut":                          "x <hidden>",
		"vault hvs.CAESIJlU02LQZqabcdef":                                          "vault <hidden>",
		"code gc-abcdefghijkl.mnopqrst":                                           "code <hidden>",
		"client_secret=abc&scope=openid":                                          "client_secret=<hidden>&scope=openid",
		`{"password": "hunter2", "user": "x"}`:                                    `{"password": "<hidden>", "user": "x"}`,
		`level=info msg="{\"api_key\":\"abc\"}"`: `level=info ` +
			`msg="{\"api_key\":\"<hidden>\"}"`,
		"DB_PASSWORD=hunter2":      "DB_PASSWORD=<hidden>",
		"AWS AKIAIOSFODNN7EXAMPLE": "AWS <hidden>",
	} {
		assert.Equal(t, want, WithoutSecrets(text), "%q", text)
	}
	for _, text := range []string{
		"-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----",
		`MountVolume.SetUp failed: secret "butler" not found`,
		"GET https://a.example/x@y?z and basic words",
		"Back-off restarting failed container api in pod api-7f",
	} {
		assert.Equal(t, text, WithoutSecrets(text), "it has no secret")
	}
}
