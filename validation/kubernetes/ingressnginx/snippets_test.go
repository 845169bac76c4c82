package ingressnginx

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestDefect(t *testing.T) {
	t.Parallel()
	for _, sound := range []string{
		"", "# nothing\n", "proxy_set_header X-Portal yes;", "limit_except GET {\n  deny all;\n}\n",
		"more_set_headers \"server: a; b\";", "set $a '';\nif ($a ~ \"x{2}\") { return 403; }\n",
		"log_format x '$a'\n  '$b';\n", "proxy_set_header X ${host}y;",
		"access_by_lua_block {\n  if a then b() end\n  t = {}\n}\n",
		"location @autherror {\n  if ($auth_status = 400) {\n    return 400 $auth_error_body;\n  }\n  return 403;\n}\n",
		`rewrite ^/a\{b /c;`, "add_header X\n  \"a\"\n  always;",
	} {
		assert.Empty(t, Defect(sound), sound)
	}
	for snippet, says := range map[string]string{
		"proxy_set_header X-Portal yes":                                "the line of proxy_set_header does not end in ;",
		"proxy_set_header X-Portal yes\nauth_request_set $a $b;\n":     "the line of proxy_set_header does not end in ;",
		"location /x { return 200 }":                                   "the line of return does not end in ;",
		"location /x { return 200;":                                    "a { has no }",
		"return 200; }":                                                "a } closes nothing",
		"add_header X \"a;":                                            "a quotation mark has no second one",
		"if ($a) {\n  set $b 1\n  set $c 2;\n}\n":                      "the line of set does not end in ;",
		"error_page 403 = @autherror;\nproxy_buffering off\n# the end": "the line of proxy_buffering does not end in ;",
	} {
		assert.Equal(t, says, Defect(snippet), snippet)
	}
}
