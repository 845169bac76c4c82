package fernet

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What the specification's own example has: generate.json and verify.json of fernet/spec.
const (
	exampleKey   = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="
	exampleToken = "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA=="
)

func TestOpen(t *testing.T) {
	t.Parallel()
	plain, err := Open(exampleKey, exampleToken)
	require.NoError(t, err)
	assert.Equal(t, "hello", string(plain))
	for _, wrong := range []string{"", "gAAA", exampleToken[:len(exampleToken)-4] + "qDB=", exampleToken + "=="} {
		_, err := Open(exampleKey, wrong)
		assert.Error(t, err, wrong)
	}
	_, err = Open(NewKey(), exampleToken)
	require.Error(t, err)
	_, err = Open("short", exampleToken)
	assert.Error(t, err)
}

func TestSeal(t *testing.T) {
	t.Parallel()
	key := NewKey()
	for _, text := range []string{"", "hello", "0123456789abcdef", "0123456789abcdef0"} {
		sealed, err := Seal(key, []byte(text), time.Now())
		require.NoError(t, err)
		plain, err := Open(key, sealed)
		require.NoError(t, err)
		assert.Equal(t, text, string(plain))
	}
	_, err := Seal("short", nil, time.Now())
	assert.Error(t, err)
}
