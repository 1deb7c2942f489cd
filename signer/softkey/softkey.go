// Package softkey opens private keys that are kept in files: PKCS#12 and PEM, for development and small users.
//
// It promises that the key belongs to the certificate it returns, and that a wrong PIN is told from a damaged file.
// It does not protect the key in memory, and it opens no encrypted PEM.
package softkey

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Sentinels of Open.
var (
	ErrPIN    = errors.New("wrong PIN")                // The password does not open the file.
	ErrFormat = errors.New("not a supported key file") // Neither PKCS#12 nor PEM, or a kind of them that cannot be read.
	ErrNoKey  = errors.New("no matching key and certificate")
)

// maxFile bounds a key file in octets.
const maxFile = 1 << 20

// Key is a private key with its certificate.
type Key struct {
	crypto.Signer
	Certificate *x509.Certificate
	Chain       []*x509.Certificate // Further certificates of the file, in its order.
	Warnings    []Warning
}

// Warning is something an operator should change although the key works.
type Warning string

// The warnings of Open.
const (
	WorldReadable Warning = "world-readable" // Others than the owner may read or write the file.
)

// Open reads a PKCS#12 or PEM file. The pin is not used for PEM. A wrong PIN wraps ErrPIN, a file of another kind
// ErrFormat, one without a key and its certificate ErrNoKey.
func Open(file, pin string) (*Key, error) {
	data, mode, err := read(file)
	if err != nil {
		return nil, fmt.Errorf("opening key file %s: %w", file, err)
	}
	parse := parsePKCS12
	if bytes.Contains(data, []byte("-----BEGIN ")) {
		parse = parsePEM
	}
	key, certificates, err := parse(data, pin)
	if errors.Is(err, ErrFormat) {
		key, certificates, err = parseNational(data, pin, err)
	}
	if err != nil {
		return nil, fmt.Errorf("opening key file %s: %w", file, err)
	}
	k, err := match(key, certificates)
	if err != nil {
		return nil, fmt.Errorf("opening key file %s: %w", file, err)
	}
	if mode.Perm()&0o077 != 0 {
		k.Warnings = append(k.Warnings, WorldReadable)
	}
	return k, nil
}

func read(file string) ([]byte, fs.FileMode, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, 0, errors.Unwrap(err) // The path is named by Open.
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%w: a folder", ErrFormat)
	}
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("%w: larger than %d octets", ErrFormat, maxFile)
	}
	return data, info.Mode(), errors.Join(err, f.Close())
}

// match finds the certificate of the key; the others are the chain.
func match(key any, certificates []*x509.Certificate) (*Key, error) {
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("%w: a key of type %T cannot sign", ErrFormat, key)
	}
	public, ok := signer.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok {
		return nil, fmt.Errorf("%w: a key of type %T cannot be compared", ErrFormat, key)
	}
	k := &Key{Signer: signer}
	for _, cert := range certificates {
		if k.Certificate == nil && public.Equal(cert.PublicKey) {
			k.Certificate = cert
			continue
		}
		k.Chain = append(k.Chain, cert)
	}
	if k.Certificate == nil {
		return nil, fmt.Errorf("%w: none of its %d certificates belongs to the key", ErrNoKey, len(certificates))
	}
	return k, nil
}
