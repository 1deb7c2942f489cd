// Package softkey opens private keys that are kept in files: PKCS#12 and PEM, for development and small users.
//
// It promises that the key belongs to the certificate it returns. It does not protect the key in memory.
package softkey

import (
	"crypto"
	"crypto/x509"
	"errors"
)

// ErrPIN is wrapped when the password does not open the file.
var ErrPIN = errors.New("wrong PIN")

// Key is a private key with its certificate.
type Key struct {
	crypto.Signer
	Certificate *x509.Certificate
	Chain       []*x509.Certificate // Issuers found beside it, in file order.
	Warnings    []Warning
}

// Warning is something an operator should change although the key works.
type Warning string

// The warnings of Open.
const (
	WorldReadable Warning = "world-readable" // Others than the owner may read the file.
)

// Open reads a PKCS#12 or PEM file.
func Open(file, pin string) (*Key, error) { return nil, errors.New("softkey: not written yet") }
