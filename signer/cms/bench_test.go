package cms_test

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"testing"

	"contractd/signer/cms"
	"contractd/signer/signtest"
)

var benchKinds = []signtest.KeyKind{signtest.RSA2048, signtest.P256, signtest.Ed25519}

// BenchmarkRawKey is the key operation alone, to compare BenchmarkSign with.
func BenchmarkRawKey(b *testing.B) {
	ca := newCA(b)
	for _, kind := range benchKinds {
		b.Run(string(kind), func(b *testing.B) {
			key := issue(b, ca, kind).Signer
			digest, opts := make([]byte, 32), crypto.SignerOpts(crypto.SHA256)
			if _, ok := key.(ed25519.PrivateKey); ok {
				opts = crypto.Hash(0)
			}
			for b.Loop() {
				if _, err := key.Sign(rand.Reader, digest, opts); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSign(b *testing.B) {
	ca := newCA(b)
	for _, kind := range benchKinds {
		b.Run(string(kind), func(b *testing.B) {
			r := request(b, issue(b, ca, kind), nil)
			for b.Loop() {
				if _, err := cms.Sign(context.Background(), r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParseAndCheck(b *testing.B) {
	ca := newCA(b)
	for _, kind := range benchKinds {
		b.Run(string(kind), func(b *testing.B) {
			der := sign(b, request(b, issue(b, ca, kind), nil))
			for b.Loop() {
				if findings := check(b, der, cms.CheckOptions{}); len(findings) > 0 {
					b.Fatal(findings)
				}
			}
		})
	}
}
