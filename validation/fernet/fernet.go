// Package fernet encrypts and decrypts texts as the module fernet of Python's cryptography
// does, with which Gafaelfawr makes its session cookies (gafaelfawr.models.state of
// 15.0.0). The format is in https://github.com/fernet/spec.
package fernet

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strings"
	"time"
)

const (
	version = 0x80
	half    = 16 // of the key: the first signs, the second encrypts
	header  = 1 + 8 + aes.BlockSize
)

// errInvalid tells nothing of the key or the text, which are secrets.
var errInvalid = errors.New("no key or no text of Fernet")

// NewKey returns a new key.
func NewKey() string { return base64.URLEncoding.EncodeToString(random(2 * half)) }

// Seal returns the text that is encrypted with the key.
func Seal(key string, plain []byte, now time.Time) (string, error) {
	sign, block, err := ciphers(key)
	if err != nil {
		return "", err
	}
	padding := aes.BlockSize - len(plain)%aes.BlockSize
	padded := append(bytes.Clone(plain), bytes.Repeat([]byte{byte(padding)}, padding)...)
	token := binary.BigEndian.AppendUint64([]byte{version}, uint64(now.Unix())) //nolint:gosec // it is after 1970
	token = append(token, random(aes.BlockSize)...)
	encrypted := make([]byte, len(padded))
	cipher.NewCBCEncrypter(block, token[header-aes.BlockSize:header]).CryptBlocks(encrypted, padded)
	token = append(token, encrypted...)
	return base64.URLEncoding.EncodeToString(append(token, sign(token)...)), nil
}

// Open returns the text that was encrypted with the key.
func Open(key, sealed string) ([]byte, error) {
	sign, block, err := ciphers(key)
	if err != nil {
		return nil, err
	}
	token, err := base64.URLEncoding.DecodeString(sealed)
	signed := len(token) - sha256.Size
	if err != nil || signed <= header || (signed-header)%aes.BlockSize != 0 || token[0] != version ||
		!hmac.Equal(sign(token[:signed]), token[signed:]) {
		return nil, errInvalid
	}
	plain := make([]byte, signed-header)
	cipher.NewCBCDecrypter(block, token[header-aes.BlockSize:header]).CryptBlocks(plain, token[header:signed])
	padding := int(plain[len(plain)-1])
	if padding == 0 || padding > aes.BlockSize {
		return nil, errInvalid
	}
	return plain[:len(plain)-padding], nil
}

// ciphers are the two uses of a key.
func ciphers(key string) (sign func([]byte) []byte, block cipher.Block, err error) {
	raw, err := base64.URLEncoding.DecodeString(strings.TrimSpace(key))
	if err != nil || len(raw) != 2*half {
		return nil, nil, errInvalid
	}
	sign = func(text []byte) []byte {
		mac := hmac.New(sha256.New, raw[:half])
		_, _ = mac.Write(text) // it never fails
		return mac.Sum(nil)
	}
	block, err = aes.NewCipher(raw[half:])
	return sign, block, err
}

func random(n int) []byte {
	raw := make([]byte, n)
	_, _ = rand.Read(raw) // crypto/rand.Read never fails since Go 1.24
	return raw
}
