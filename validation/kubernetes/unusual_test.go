package kubernetes

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/lsst-sqre/muster/muster/gafaelfawr"
)

// settingsOf reads a configuration of Gafaelfawr.
func settingsOf(t *testing.T, text string) GafaelfawrConfig {
	t.Helper()
	config, _, err := ReadGafaelfawrConfig(ConfigMap{Data: map[string]string{"gafaelfawr.yaml": text}})
	require.NoError(t, err)
	return config
}

func TestUnusualConfig(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"tokenLifetime: 14d":                                "",
		"tokenLifetime: 90d":                                "",
		"tokenLifetime: 520w":                               "tokenLifetime is 520w",
		"tokenLifetime: 3650d":                              "tokenLifetime is 3650d",
		"quota: {default: {notebook: {cpu: 1, memory: 2}}}": "",
		"quota: {default: {notebook: {cpu: 1, memory: 2, spawn: true}}}":                   "",
		"quota: {default: {notebook: {cpu: 1, memory: 2, spawn: false}}}":                  "nobody may start a lab",
		"quota: {default: {api: {a: 1}}, groups: {g: {notebook: {spawn: false, cpu: 0}}}}": "quota.groups.g.notebook.spawn",
	} {
		got := settingsOf(t, text).Unusual()
		if want == "" {
			assert.Empty(t, got, text)
		} else if assert.Len(t, got, 1, text) {
			assert.Contains(t, got[0], want, text)
		}
	}
}

func TestUngranted(t *testing.T) {
	t.Parallel()
	config := settingsOf(t, "groupMapping: {'read:image': [g], 'exec:portal': []}")
	ingress := func(scopes gafaelfawr.Scopes) GafaelfawrIngress {
		return GafaelfawrIngress{Config: gafaelfawr.IngressConfig{Scopes: scopes}}
	}
	var bot GafaelfawrServiceToken
	bot.Spec.Scopes = []string{"write:sasquatch"}
	got := config.Ungranted([]GafaelfawrIngress{
		ingress(gafaelfawr.Scopes{All: []string{"read:image", "exec:portl"}}),
		ingress(gafaelfawr.Scopes{Any: []string{"read:image", "read:alertdb"}}),
		ingress(gafaelfawr.Scopes{All: []string{"write:sasquatch", "user:token"}}),
		ingress(gafaelfawr.Scopes{Anonymous: true}),
		ingress(gafaelfawr.Scopes{Any: []string{"exec:a", "exec:portl"}}),
	}, []GafaelfawrServiceToken{bot})
	assert.Equal(t, []string{"exec:a", "exec:portl"}, got)
}
