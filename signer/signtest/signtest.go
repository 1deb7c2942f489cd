// Package signtest makes throwaway certificate authorities, timestamp servers and keys for tests and the demo.
//
// Nothing of it may be reached from the program proper. Times are injected; keys and serial numbers are random,
// everything else is a function of the options.
package signtest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"
	"software.sslmate.com/src/go-pkcs12"
)

// KeyKind is the kind of a key pair.
type KeyKind string

// The kinds of keys.
const (
	RSA2048 KeyKind = "rsa-2048"
	RSA1024 KeyKind = "rsa-1024" // Too short: verifiers must refuse it.
	P256    KeyKind = "p-256"
	P384    KeyKind = "p-384"
	P521    KeyKind = "p-521"
	Ed25519 KeyKind = "ed25519"
	SM2     KeyKind = "sm2" // GB/T 32918, with SM3.
)

// NewKey generates a key pair; the empty kind means P256.
func NewKey(kind KeyKind) (crypto.Signer, error) {
	switch kind {
	case RSA2048:
		return rsa.GenerateKey(rand.Reader, 2048)
	case RSA1024:
		return rsa.GenerateKey(rand.Reader, 1024)
	case "", P256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case P384:
		return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case P521:
		return ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case Ed25519:
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	case SM2:
		return sm2.GenerateKey(rand.Reader)
	}
	return nil, fmt.Errorf("unknown kind of key %q", kind)
}

// Identity is a key with its certificate and chain.
type Identity struct {
	crypto.Signer
	Certificate *x509.Certificate
	Chain       []*x509.Certificate // Intermediate, then root.
}

// WritePEM writes key (PKCS#8, not encrypted), certificate and chain to a PEM file of mode 0600.
func (i *Identity) WritePEM(file string) error {
	key, err := smx509.MarshalPKCS8PrivateKey(i.Signer)
	if err != nil {
		return fmt.Errorf("encoding key for %s: %w", file, err)
	}
	out := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})
	for _, cert := range append([]*x509.Certificate{i.Certificate}, i.Chain...) {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})...)
	}
	return os.WriteFile(file, out, 0o600)
}

// WritePKCS12 writes key, certificate and chain to a PKCS#12 file of mode 0600.
func (i *Identity) WritePKCS12(file, pin string) error {
	out, err := pkcs12.Modern.Encode(i.Signer, i.Certificate, i.Chain, pin)
	if err != nil {
		return fmt.Errorf("encoding %s: %w", file, err)
	}
	return os.WriteFile(file, out, 0o600)
}

// WriteCertificates writes certificates to a PEM file.
func WriteCertificates(file string, certs ...*x509.Certificate) error {
	var out []byte
	for _, cert := range certs {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})...)
	}
	return os.WriteFile(file, out, 0o644)
}
